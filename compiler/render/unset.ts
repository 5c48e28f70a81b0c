import type { Diagnostic } from "../parse/diagnostic.ts";
import { secretsNamedBy } from "../parse/service-secrets.ts";
import { diagnose } from "../parse/source.ts";
import type { Spec } from "../parse/spec.ts";
import { suggest } from "../parse/suggest.ts";
import { madeSecrets } from "./secrets.ts";

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
