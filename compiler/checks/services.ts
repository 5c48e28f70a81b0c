import type { Diagnostic } from "../text/diagnostic.ts";
import { compareText } from "../text/diagnostic.ts";
import { diagnose, formatPosition, hasPath, writtenKeys } from "../text/source.ts";
import type { Service, Spec } from "../model/spec.ts";
import { suggest } from "../text/suggest.ts";

/**
 * Least stop timeouts: Caddy lets requests end for 10 s, NATS hands its clients over for 30 s (lame duck) after 5 s
 * of grace. Process Compose takes 0 for "never kill", which the schema excludes.
 */
const LEAST_STOP_SECONDS = { caddy: 12, nats: 36, pocketbase: 2, process: 1 } as const;

/** E302, E306, E325, E326, and `max_per_host` that `local` needs. */
export function checkServices(spec: Spec): Diagnostic[] {
  return [
    ...checkOnce(spec),
    ...spec.services.flatMap((service) => [...checkStrategy(service), ...checkStop(service)]),
  ];
}

function checkStop(service: Service): Diagnostic[] {
  const least = LEAST_STOP_SECONDS[service.type];
  if (service.stopTimeoutSeconds >= least) return [];
  return [
    diagnose(service.source, {
      code: "E326",
      path: ["stop_timeout"],
      message: `${service.stopTimeoutSeconds} s are too short for \`${service.type}\` to stop: it would be killed at work`,
      hint: `At least ${least}s, or leave it out.`,
    }),
  ];
}

/** Caddy, NATS and PocketBase have fixed ports: once each. */
function checkOnce(spec: Spec): Diagnostic[] {
  const first = new Map<string, Service>();
  const found: Diagnostic[] = [];
  const byFile = spec.services.toSorted((a, b) => compareText(a.source.file, b.source.file));
  for (const service of byFile) {
    if (service.type === "process") continue;
    const earlier = first.get(service.type);
    if (earlier === undefined) first.set(service.type, service);
    else
      found.push(
        diagnose(service.source, {
          code: "E302",
          path: ["type"],
          message: `a second service of type \`${service.type}\`; the first is ${formatPosition(earlier.source, ["type"])}`,
          hint: "Its ports are fixed, so there is one per fleet: merge the two.",
        }),
      );
  }
  return found;
}

function checkStrategy(service: Service): Diagnostic[] {
  const { source } = service;
  const found: Diagnostic[] = [];
  if (service.strategy === "local" && service.type !== "process")
    found.push(
      diagnose(source, {
        code: "E306",
        path: ["scale_strategy"],
        message: `\`${service.type}\` can't be \`local\`: two on one host would want the same ports`,
        hint: "Use `infra`: a replica more is a host more.",
      }),
    );
  if (
    service.strategy === "local" &&
    service.type === "process" &&
    !hasPath(source, ["max_per_host"]) &&
    // A slip of the pen has been told, with what was meant.
    !writtenKeys(source, []).some((key) => suggest(key, ["max_per_host"]) !== undefined)
  )
    found.push(
      diagnose(source, {
        code: "E108",
        path: [],
        message: "`max_per_host` is missing",
        hint: "A `local` service needs it: how many processes one host may run.",
      }),
    );
  if (service.strategy === "infra")
    for (const key of ["max_per_host", "spread"])
      if (hasPath(source, [key]))
        found.push(
          diagnose(source, {
            code: "E325",
            path: [key],
            anchor: "key",
            message: `\`${key}\` says nothing about an \`infra\` service: it has one replica per host`,
            hint: "Remove it, or set `scale_strategy: local`.",
          }),
        );
  return found;
}
