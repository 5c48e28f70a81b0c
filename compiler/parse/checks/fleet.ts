import type { Diagnostic } from "../diagnostic.ts";
import { diagnose, hasPath } from "../source.ts";
import type { Spec } from "../spec.ts";
import { suggestion } from "../suggest.ts";

/** What the language has but this version can't do yet (E114), and rules of `rollout` and `image`. */
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
  if (fleet.rollout.maxUnavailable !== 1)
    found.push(
      diagnose(source, {
        code: "E114",
        path: ["rollout", "max_unavailable"],
        message: "`max_unavailable` other than 1 is not supported yet",
        hint: "Leave it out or set it to 1.",
      }),
    );
  for (const { code } of fleet.regions)
    if (hasPath(source, ["regions", code, "idle"]))
      found.push(
        diagnose(source, {
          code: "E114",
          path: ["regions", code, "idle"],
          anchor: "key",
          message: "`idle` is not supported yet",
          hint: "Remove it: hosts stay on.",
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
  return [...found, ...checkRegionOrder(fleet)];
}

function checkRegionOrder(fleet: Spec["fleet"]): Diagnostic[] {
  const codes = fleet.regions.map(({ code }) => code);
  const order = fleet.rollout.regionOrder;
  return order.flatMap((code, index) => {
    const path = ["rollout", "region_order", index];
    if (!codes.includes(code))
      return diagnose(fleet.source, {
        code: "E208",
        path,
        message: `\`${code}\` is not a region of this fleet`,
        hint: suggestion(code, codes),
      });
    if (order.indexOf(code) === index) return [];
    return diagnose(fleet.source, {
      code: "E208",
      path,
      message: `\`${code}\` is in the order already`,
      hint: "Name each region once.",
    });
  });
}
