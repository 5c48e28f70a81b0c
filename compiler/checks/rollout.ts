import type { Spec } from "../model/spec.ts";
import { typeOf } from "../services/registry.ts";
import type { CheckContext } from "../services/service-type.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose, hasPath } from "../text/source.ts";
import { suggestion } from "../text/suggest.ts";

/** E208, E213, W203, W306: in which order changes come, and how much of a region they may take. */
export function checkRollout(context: CheckContext): Diagnostic[] {
  return [
    ...checkRegionOrder(context.spec),
    ...checkUnavailable(context),
    ...checkPatience(context),
  ];
}

function checkRegionOrder({ fleet }: Spec): Diagnostic[] {
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

function checkUnavailable({ spec, types }: CheckContext): Diagnostic[] {
  const { fleet } = spec;
  const { maxUnavailable } = fleet.rollout;
  if (maxUnavailable === 1) return [];
  const path = ["rollout", "max_unavailable"];
  for (const { code } of fleet.regions)
    for (const service of spec.services) {
      const quorum = typeOf(types, service).quorum(service, code);
      if (quorum !== undefined)
        return [
          diagnose(fleet.source, {
            code: "E213",
            path,
            message: `${maxUnavailable} hosts at once could be ${quorum} in \`${code}\``,
            hint: "Set it to 1, or leave it out.",
          }),
        ];
    }
  const whole = fleet.regions.find(({ maxHosts }) => maxHosts > 1 && maxUnavailable >= maxHosts);
  if (whole === undefined) return [];
  return [
    diagnose(fleet.source, {
      code: "W203",
      path,
      message: `${maxUnavailable} hosts at once are all of \`${whole.code}\`, which may have ${whole.maxHosts}`,
      hint: `Set it below ${whole.maxHosts}, so that somebody answers while hosts change.`,
    }),
  ];
}

/** W306: Fly checks servers, and a host is healthy when they are. */
function checkPatience({ spec, types }: CheckContext): Diagnostic[] {
  const { healthTimeoutSeconds } = spec.fleet.rollout;
  return spec.services.flatMap((service) => {
    const isServer = typeOf(types, service).server !== undefined;
    if (!isServer || !hasPath(service.source, ["start_timeout"])) return [];
    if (service.startTimeoutSeconds <= healthTimeoutSeconds) return [];
    return diagnose(service.source, {
      code: "W306",
      path: ["start_timeout"],
      message: `a rollout waits ${healthTimeoutSeconds} s for a host, \`${service.name}\` may take ${service.startTimeoutSeconds} s`,
      hint: `Raise \`rollout.health_timeout\` in the Fleet to at least ${service.startTimeoutSeconds}s.`,
    });
  });
}
