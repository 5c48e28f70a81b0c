import type { ControlDesired, ControlsDesired } from "../model/desired.ts";
import type { Service } from "../model/spec.ts";
import { typeOf } from "../services/registry.ts";
import type { ServiceTypes } from "../services/service-type.ts";

/** Returns which controls may change a service's count in one region, and why the others may not. */
export function renderControls(
  types: ServiceTypes,
  service: Service,
  bounds: { readonly min: number; readonly max: number },
): ControlsDesired {
  const why = whyNot(types, service, bounds);
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
  types: ServiceTypes,
  service: Service,
  { min, max }: { readonly min: number; readonly max: number },
): string | undefined {
  if (!service.scalable) return "the spec doesn't say `scalable: true`";
  if (max === 0) return "it doesn't run in this region";
  if (max > min) return undefined;
  return typeOf(types, service).singleReplica ?? `min and max are both ${max} here`;
}
