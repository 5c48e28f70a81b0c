import type { Service } from "../model/spec.ts";
import type { ControlDesired, ControlsDesired } from "../model/desired.ts";

/** What may change a service's count in one region, or why it may not. */
export function renderControls(
  service: Service,
  bounds: { readonly min: number; readonly max: number },
): ControlsDesired {
  const why = whyNot(service, bounds);
  const burst: ControlDesired = why === undefined ? { offered: true } : { offered: false, why };
  return {
    spec: { offered: true },
    burst,
    autoscale:
      burst.offered && service.autoscale === undefined
        ? { offered: false, why: "the spec has no `autoscale`" }
        : burst,
  };
}

function whyNot(
  service: Service,
  { min, max }: { readonly min: number; readonly max: number },
): string | undefined {
  if (!service.scalable) return "the spec doesn't say `scalable: true`";
  if (max === 0) return "it doesn't run in this region";
  if (max > min) return undefined;
  return service.type === "pocketbase"
    ? "PocketBase has one writer"
    : `min and max are both ${max} here`;
}
