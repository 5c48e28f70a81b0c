import type { Service } from "../../model/spec.ts";
import type { Diagnostic } from "../../text/diagnostic.ts";
import { diagnose } from "../../text/source.ts";
import { suggestion } from "../../text/suggest.ts";
import type { CheckContext } from "../service-type.ts";
import type { ProcessService } from "./service.ts";

/** E318: what a service waits for must be there, and must not be switched on and off. */
export function checkDependencies(
  service: ProcessService,
  { spec, unusable }: CheckContext,
): Diagnostic[] {
  const possible = spec.services.filter((other) => !other.isLocal && other !== service);
  return service.dependsOn.flatMap((name, index) => {
    const target = spec.services.find((other) => other.name === name);
    if (target === undefined && (unusable === undefined || unusable.has(name))) return [];
    // A dependency on itself is a cycle of one.
    if (target === service || target?.isLocal === false) return [];
    return [
      diagnose(service.source, {
        code: "E318",
        path: ["depends_on", index],
        message:
          target === undefined
            ? `there is no service \`${name}\``
            : `\`${name}\` is \`local\`: its slots are switched on and off, so nothing can wait for them`,
        hint: suggestion(
          name,
          possible.map((other) => other.name),
        ),
      }),
    ];
  });
}

/**
 * E319: services that wait for each other. The dependency that closes a cycle is reported, once per cycle: all services
 * are searched depth first in the order of their names, and `service` gives the diagnostics that are its own.
 */
export function checkCycles(service: ProcessService, { spec }: CheckContext): Diagnostic[] {
  const byName = new Map(spec.services.filter(isProcess).map((each) => [each.name, each] as const));
  const done = new Set<string>();
  const found: Diagnostic[] = [];
  function visit(each: ProcessService, trail: readonly string[]): void {
    if (done.has(each.name)) return;
    for (const [index, name] of each.dependsOn.entries()) {
      const path = [...trail, each.name];
      const start = path.indexOf(name);
      const next = byName.get(name);
      if (start < 0 && next !== undefined) visit(next, path);
      if (start < 0 || each !== service) continue;
      found.push(
        diagnose(service.source, {
          code: "E319",
          path: ["depends_on", index],
          message: `services wait for each other: ${[...path.slice(start), name].join(" → ")}`,
          hint: "Remove one of these dependencies.",
        }),
      );
    }
    done.add(each.name);
  }
  for (const each of byName.values()) visit(each, []);
  return found;
}

function isProcess(service: Service): service is ProcessService {
  return service.type === "process";
}
