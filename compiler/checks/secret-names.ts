import { PLATFORM_SECRETS } from "../catalog/reserved-names.ts";
import type { Service } from "../model/spec.ts";
import { isReservedFor, typeOf } from "../services/registry.ts";
import type { CheckContext, ServiceTypes } from "../services/service-type.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose } from "../text/source.ts";

/** E315, E328: names of secrets that no service may have. */
export function checkSecretNames({ spec, types }: CheckContext): Diagnostic[] {
  return spec.services.flatMap((service) =>
    typeOf(types, service)
      .secrets.namedBy(service)
      .flatMap(({ name, path }) => checkName(types, service, name, path)),
  );
}

function checkName(
  types: ServiceTypes,
  { source }: Service,
  name: string,
  path: readonly (string | number)[],
): Diagnostic[] {
  if (isReservedFor(types, name))
    return [
      diagnose(source, {
        code: "E315",
        path,
        message: `\`${name}\` is reserved: flotilla or Fly sets it`,
        hint: "Choose another name.",
      }),
    ];
  if (!PLATFORM_SECRETS.includes(name)) return [];
  return [
    diagnose(source, {
      code: "E328",
      path,
      message: `\`${name}\` is for Caddy and NATS only`,
      hint: name.startsWith("NATS_")
        ? "A process logs in with `NATS_APP_SEED`."
        : "Remove it: Caddy is the one that terminates TLS.",
    }),
  ];
}
