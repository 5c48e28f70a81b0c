import type { Diagnostic, Path } from "../text/diagnostic.ts";
import { PLATFORM_SECRETS, RESERVED_NAMES, RESERVED_PREFIXES } from "../catalog/reserved-names.ts";
import { diagnose, formatPosition, writtenKeys } from "../text/source.ts";
import { secretsNamedBy } from "../language/service-secrets.ts";
import type { ProcessService, Service, Spec } from "../model/spec.ts";

/** E315, E317, E328. */
export function checkProcessNames(spec: Spec): Diagnostic[] {
  return spec.services.flatMap((service) => [
    ...(service.type === "process" ? checkEnvironment(service) : []),
    ...checkSecretNames(service),
  ]);
}

/** The service's own, and what regions put over it. */
function environmentPaths({ source, namedRegions }: ProcessService): Path[] {
  return [["environment"], ...namedRegions.map((key) => ["regions", key, "environment"])].flatMap(
    (path) => writtenKeys(source, path).map((name) => [...path, name]),
  );
}

function checkEnvironment(service: ProcessService): Diagnostic[] {
  return environmentPaths(service)
    .filter((path) => isReserved(String(path.at(-1))))
    .map((path) =>
      diagnose(service.source, {
        code: "E315",
        path,
        anchor: "key",
        message: `\`${String(path.at(-1))}\` is reserved: flotilla or Fly sets it`,
        hint: "Choose another name.",
      }),
    );
}

function checkSecretNames(service: Service): Diagnostic[] {
  const { source } = service;
  const paths = service.type === "process" ? environmentPaths(service) : [];
  const environment = new Map(paths.toReversed().map((path) => [String(path.at(-1)), path]));
  return secretsNamedBy(service).flatMap(({ name, path }) => {
    if (isReserved(name))
      return diagnose(source, {
        code: "E315",
        path,
        message: `\`${name}\` is reserved: flotilla or Fly sets it`,
        hint: "Choose another name.",
      });
    if (PLATFORM_SECRETS.includes(name))
      return diagnose(source, {
        code: "E328",
        path,
        message: `\`${name}\` is for Caddy and NATS only`,
        hint: name.startsWith("NATS_")
          ? "A process logs in with `NATS_APP_SEED`."
          : "Remove it: Caddy is the one that terminates TLS.",
      });
    const other = environment.get(name);
    if (other === undefined) return [];
    return diagnose(source, {
      code: "E317",
      path,
      message: `\`${name}\` is in environment too: ${formatPosition(source, other, "key")}`,
      hint: "Keep it in one of the two.",
    });
  });
}

function isReserved(name: string): boolean {
  return (
    RESERVED_NAMES.includes(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}
