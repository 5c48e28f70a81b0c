import type { Diagnostic } from "../diagnostic.ts";
import type { Spec } from "../spec.ts";
import { checkBounds } from "./bounds.ts";
import { checkDependencies } from "./dependencies.ts";
import { checkFleet } from "./fleet.ts";
import { checkHostnames } from "./hostnames.ts";
import { checkMachines } from "./machines.ts";
import { checkNats } from "./nats.ts";
import { checkPocketbase } from "./pocketbase.ts";
import { checkPorts } from "./ports.ts";
import { checkProcessNames } from "./process-names.ts";
import { checkRegions } from "./regions.ts";
import { checkRoutes } from "./routes.ts";
import { checkServices } from "./services.ts";

/**
 * Rules across keys and documents; each file one subject, each rule a diagnostic. `unusable` are the names of
 * services whose document is broken, undefined when a file couldn't even be read: then nothing is called unknown.
 */
export function checkSpec(spec: Spec, unusable: ReadonlySet<string> | undefined): Diagnostic[] {
  return [
    checkFleet(spec),
    checkMachines(spec),
    checkHostnames(spec),
    checkRegions(spec, unusable?.size === 0),
    checkServices(spec),
    checkBounds(spec),
    checkNats(spec),
    checkPocketbase(spec),
    checkRoutes(spec, unusable),
    checkProcessNames(spec),
    checkDependencies(spec, unusable),
    checkPorts(spec),
  ].flat();
}
