import type { Diagnostic } from "../diagnostic.ts";
import type { Spec } from "../spec.ts";
import { checkAutoscale } from "./autoscale.ts";
import { checkBounds } from "./bounds.ts";
import { checkConcurrency } from "./concurrency.ts";
import { checkDependencies } from "./dependencies.ts";
import { checkFileSizes } from "./file-sizes.ts";
import { checkFleet } from "./fleet.ts";
import { checkHostnames } from "./hostnames.ts";
import { checkIdle } from "./idle.ts";
import { checkLists } from "./lists.ts";
import { checkMachines } from "./machines.ts";
import { checkNats } from "./nats.ts";
import { checkPocketbase } from "./pocketbase.ts";
import { checkPorts } from "./ports.ts";
import { checkProbes } from "./probes.ts";
import { checkProcessNames } from "./process-names.ts";
import { checkRegions } from "./regions.ts";
import { checkRollout } from "./rollout.ts";
import { checkRoutes } from "./routes.ts";
import { checkServices } from "./services.ts";
import { checkStorage } from "./storage.ts";

/**
 * Rules across keys and documents; each file one subject, each rule a diagnostic. `unusable` are the names of
 * services whose document is broken, undefined when a file couldn't even be read: then nothing is called unknown.
 */
export function checkSpec(spec: Spec, unusable: ReadonlySet<string> | undefined): Diagnostic[] {
  const complete = unusable?.size === 0;
  return [
    checkFleet(spec),
    checkRollout(spec),
    checkMachines(spec),
    checkIdle(spec, complete),
    checkHostnames(spec),
    checkRegions(spec, complete),
    checkServices(spec),
    checkBounds(spec),
    checkNats(spec),
    checkPocketbase(spec),
    checkStorage(spec),
    checkConcurrency(spec),
    checkAutoscale(spec, complete),
    checkRoutes(spec, unusable),
    checkProcessNames(spec),
    checkProbes(spec),
    checkLists(spec),
    checkDependencies(spec, unusable),
    checkPorts(spec),
    checkFileSizes(spec),
  ].flat();
}
