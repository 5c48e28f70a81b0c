import type { Diagnostic } from "../text/diagnostic.ts";
import { secretsNamedBy } from "../language/service-secrets.ts";
import { diagnose } from "../text/source.ts";
import type { Spec } from "../model/spec.ts";
import { suggest } from "../text/suggest.ts";
import { madeSecrets } from "../catalog/secrets.ts";

/** E406: a secret that a spec names, `global` doesn't make and nobody set. `set` undefined: unknown, not checked. */
export function checkSecrets(spec: Spec, set: readonly string[] | undefined): Diagnostic[] {
  if (set === undefined) return [];
  const known = new Set([...madeSecrets(spec), ...set]);
  return spec.services.flatMap((service) =>
    secretsNamedBy(service)
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
