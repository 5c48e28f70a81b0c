import type { Service } from "../model/spec.ts";
import { typeOf } from "../services/registry.ts";
import type { CheckContext } from "../services/service-type.ts";
import { compareText } from "../text/diagnostic.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose, formatPosition, hasPath, writtenKeys } from "../text/source.ts";
import { suggest } from "../text/suggest.ts";

/** E302, E306, E325, E326, E335, and E108 for `max_per_host`: rules of any service, by the facts of its type. */
export function checkServices(context: CheckContext): Diagnostic[] {
  return [
    ...checkOnce(context),
    ...context.spec.services.flatMap((service) => [
      ...checkStrategy(service, context),
      ...checkStop(service, context),
      ...checkStart(service, context),
    ]),
  ];
}

/** E326. */
function checkStop(service: Service, { types }: CheckContext): Diagnostic[] {
  const { least } = typeOf(types, service).stopSeconds;
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

/** E335, for servers. */
function checkStart(service: Service, { types }: CheckContext): Diagnostic[] {
  const least = typeOf(types, service).server?.leastStartSeconds;
  if (least === undefined || !hasPath(service.source, ["start_timeout"])) return [];
  if (service.startTimeoutSeconds >= least) return [];
  return [
    diagnose(service.source, {
      code: "E335",
      path: ["start_timeout"],
      message: `${service.startTimeoutSeconds} s are too short for \`${service.type}\` to start: it would be stopped before it answers`,
      hint: `At least ${least}s, or leave it out.`,
    }),
  ];
}

/** E302: servers have fixed ports, so there is one of each type. */
function checkOnce({ spec, types }: CheckContext): Diagnostic[] {
  const first = new Map<string, Service>();
  const found: Diagnostic[] = [];
  const byFile = spec.services.toSorted((a, b) => compareText(a.source.file, b.source.file));
  for (const service of byFile) {
    if (typeOf(types, service).server === undefined) continue;
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

/** E306, E325, and E108 for `max_per_host`. */
function checkStrategy(service: Service, { types }: CheckContext): Diagnostic[] {
  const { source } = service;
  const found: Diagnostic[] = [];
  if (service.strategy === "local" && typeOf(types, service).server !== undefined)
    found.push(
      diagnose(source, {
        code: "E306",
        path: ["scale_strategy"],
        message: `\`${service.type}\` can't be \`local\`: two on one host would want the same ports`,
        hint: "Use `infra`: each additional replica adds a host.",
      }),
    );
  if (
    service.isLocal &&
    !hasPath(source, ["max_per_host"]) &&
    // A misspelt key has a diagnostic that names the right one.
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
