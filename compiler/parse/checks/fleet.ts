import type { Diagnostic } from "../diagnostic.ts";
import { diagnose } from "../source.ts";
import type { Spec } from "../spec.ts";

/** E114: what the language has but this version can't do yet. W201: an image that may change under its name. */
export function checkFleet({ fleet }: Spec): Diagnostic[] {
  const found: Diagnostic[] = [];
  const { source } = fleet;
  if (fleet.tls.mode === "fly-edge")
    found.push(
      diagnose(source, {
        code: "E114",
        path: ["tls", "mode"],
        message: "`tls.mode: fly-edge` is not supported yet",
        hint: "Use `origin-cert`: Caddy terminates TLS with a Cloudflare Origin CA certificate.",
      }),
    );
  if (!/@sha256:[0-9a-f]{64}$/u.test(fleet.image))
    found.push(
      diagnose(source, {
        code: "W201",
        path: ["image"],
        message: "the image has no digest, so what runs may change without the spec",
        hint: "Name it with its digest: `registry.fly.io/app@sha256:…`.",
      }),
    );
  return found;
}
