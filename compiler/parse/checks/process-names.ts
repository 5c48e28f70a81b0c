import type { Diagnostic } from "../diagnostic.ts";
import { diagnose, formatPosition } from "../source.ts";
import type { ProcessService, Spec } from "../spec.ts";
import { suggestion } from "../suggest.ts";

/** Names the host itself sets or reads; a spec that set them would break what reads them. */
const RESERVED_PREFIXES = ["FLOTILLA_", "FLY_", "PC_", "ACTIVE_", "DISABLED_", "PORT_"];
const RESERVED_NAMES = ["PORT", "PATH", "HOME", "BIND_ADDRESS", "NATS_URL", "POCKETBASE_URL"];

/** E315, E317, and E320 of the probe. */
export function checkProcessNames(spec: Spec): Diagnostic[] {
  return spec.services.flatMap((service) =>
    service.type === "process" ? [...checkNames(service), ...checkProbe(service)] : [],
  );
}

function checkNames(service: ProcessService): Diagnostic[] {
  const { source } = service;
  const environment = Object.keys(service.environment).flatMap((name) =>
    isReserved(name)
      ? [
          diagnose(source, {
            code: "E315",
            path: ["environment", name],
            anchor: "key",
            message: `\`${name}\` is reserved: flotilla or Fly sets it`,
            hint: "Choose another name.",
          }),
        ]
      : [],
  );
  const secrets = service.secrets.flatMap((name, index) => {
    const path = ["secrets", index];
    if (isReserved(name))
      return [
        diagnose(source, {
          code: "E315",
          path,
          message: `\`${name}\` is reserved: flotilla or Fly sets it`,
          hint: "Choose another name.",
        }),
      ];
    if (!Object.hasOwn(service.environment, name)) return [];
    return [
      diagnose(source, {
        code: "E317",
        path,
        message: `\`${name}\` is in environment too: ${formatPosition(source, ["environment", name], "key")}`,
        hint: "Keep it in one of the two.",
      }),
    ];
  });
  return [...environment, ...secrets];
}

function isReserved(name: string): boolean {
  return (
    RESERVED_NAMES.includes(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}

function checkProbe({ source, probe, ports }: ProcessService): Diagnostic[] {
  if (probe === undefined || Object.hasOwn(ports, probe.port)) return [];
  return [
    diagnose(source, {
      code: "E320",
      path: ["readiness_probe", "http", "port"],
      message: `there is no port \`${probe.port}\``,
      hint:
        Object.keys(ports).length === 0
          ? "Add `ports: { http: 9100 }`."
          : suggestion(probe.port, Object.keys(ports)),
    }),
  ];
}
