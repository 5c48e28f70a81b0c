import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose, hasPath } from "../text/source.ts";
import type { Fleet, Spec } from "../model/spec.ts";

/** E215: TLS options that don't go together. W201: an image that may change under its name. */
export function checkFleet({ fleet }: Spec): Diagnostic[] {
  const found = checkTls(fleet);
  const { source } = fleet;
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

function checkTls({ source, tls }: Fleet): Diagnostic[] {
  if (tls.mode === "origin-cert" && !tls.proxied)
    return [
      diagnose(source, {
        code: "E215",
        path: ["tls", "proxied"],
        message:
          "only Cloudflare trusts an Origin CA certificate: without its proxy browsers refuse it",
        hint: "Leave `proxied` out, or let Fly hold a public certificate: `mode: fly-edge`.",
      }),
    ];
  if (tls.mode === "fly-edge" && hasPath(source, ["tls", "generation"]))
    return [
      diagnose(source, {
        code: "E215",
        path: ["tls", "generation"],
        anchor: "key",
        message: "`generation` is the Origin CA certificate's, and with `fly-edge` there is none",
        hint: "Remove it: Fly renews its certificates by itself.",
      }),
    ];
  return [];
}
