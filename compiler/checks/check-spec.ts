import { typeOf } from "../services/registry.ts";
import type { CheckContext } from "../services/service-type.ts";
import type { Service } from "../model/spec.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { checkAutoscale } from "./autoscale.ts";
import { checkBounds } from "./bounds.ts";
import { checkFleet } from "./fleet.ts";
import { checkHostnames } from "./hostnames.ts";
import { checkIdle } from "./idle.ts";
import { checkMachines } from "./machines.ts";
import { checkPorts } from "./ports.ts";
import { checkRegions } from "./regions.ts";
import { checkRollout } from "./rollout.ts";
import { checkSecretNames } from "./secret-names.ts";
import { checkServices } from "./services.ts";
import { checkStorage } from "./storage.ts";

/**
 * Returns what is wrong across keys and documents. Each file is one subject of the fleet as a whole; what concerns one
 * service alone is in the folder of its type.
 */
export function checkSpec(context: CheckContext): Diagnostic[] {
  const { spec } = context;
  return [
    checkFleet(spec),
    checkRollout(context),
    checkMachines(spec),
    checkIdle(context),
    checkHostnames(context),
    checkRegions(spec, context.isComplete),
    checkServices(context),
    checkBounds(context),
    checkStorage(context),
    checkAutoscale(context),
    checkSecretNames(context),
    checkPorts(context),
    ...spec.services
      .filter((service) => !isSecondServer(service, context))
      .map((service) => typeOf(context.types, service).check(service, context)),
  ].flat();
}

/** A second server of a type is one mistake (E302): whatever else it says, it is to be merged with the first. */
function isSecondServer(service: Service, { spec, types }: CheckContext): boolean {
  if (typeOf(types, service).server === undefined) return false;
  return spec.services.find(({ type }) => type === service.type) !== service;
}
