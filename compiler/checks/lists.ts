import type { Diagnostic, Path } from "../text/diagnostic.ts";
import { diagnose, formatPosition } from "../text/source.ts";
import type { Source } from "../text/source.ts";
import type { Spec } from "../model/spec.ts";

/** E327: a name that stands twice in a list. */
export function checkLists(spec: Spec): Diagnostic[] {
  return spec.services.flatMap((service) => {
    const { source } = service;
    if (service.type === "process")
      return [
        ...twice(source, ["secrets"], service.secrets),
        ...twice(source, ["depends_on"], service.dependsOn),
      ];
    if (service.type !== "caddy") return [];
    return service.routes.flatMap(({ paths, index = [] }, position) => [
      ...twice(source, ["routes", position, "path"], paths),
      ...twice(source, ["routes", position, "index"], index),
    ]);
  });
}

function twice(source: Source, path: Path, names: readonly string[]): Diagnostic[] {
  const first = new Map<string, number>();
  return names.flatMap((name, index) => {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    return diagnose(source, {
      code: "E327",
      path: [...path, index],
      message: `\`${name}\` is in the list already: ${formatPosition(source, [...path, earlier])}`,
      hint: "Remove one of the two.",
    });
  });
}
