import type { Spec } from "../model/spec.ts";
import { madeSecrets, typeOf } from "../services/registry.ts";
import type { ServiceTypes } from "../services/service-type.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose } from "../text/source.ts";
import { suggest } from "../text/suggest.ts";

/** E406: a secret that a spec names, that `global` doesn't make and that isn't set. `set` undefined: unknown, not checked. */
export function checkMissingSecrets(
  types: ServiceTypes,
  spec: Spec,
  set: readonly string[] | undefined,
): Diagnostic[] {
  if (set === undefined) return [];
  const known = new Set([...madeSecrets(types, spec), ...set]);
  return spec.services.flatMap((service) =>
    typeOf(types, service)
      .secrets.namedBy(service)
      .filter(({ name }) => !known.has(name))
      .map(({ name, path }) =>
        diagnose(service.source, {
          code: "E406",
          path,
          message: `secret \`${name}\` is not set`,
          hint: `${nearText(name, known)}Set it: \`pulumi config set --secret --path flotilla:secrets.${name} -s global\`, then \`pulumi up -s global\`.`,
        }),
      ),
  );
}

function nearText(name: string, known: ReadonlySet<string>): string {
  const near = suggest(name, [...known].sort());
  return near === undefined ? "" : `Did you mean \`${near}\`? `;
}
