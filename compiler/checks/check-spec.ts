import type { Diagnostic } from "../text/diagnostic.ts";
import type { Spec } from "../model/spec.ts";
import { checkAutoscale } from "./autoscale.ts";
import { checkBounds } from "./bounds.ts";
import { checkConcurrency } from "../services/caddy/check-concurrency.ts";
import { checkDependencies } from "../services/process/check-dependencies.ts";
import { checkFileSizes } from "./file-sizes.ts";
import { checkFleet } from "./fleet.ts";
import { checkHostnames } from "./hostnames.ts";
import { checkIdle } from "./idle.ts";
import { checkLists } from "./lists.ts";
import { checkMachines } from "./machines.ts";
import { checkNats } from "../services/nats/checks.ts";
import { checkPocketbase } from "../services/pocketbase/checks.ts";
import { checkPorts } from "./ports.ts";
import { checkProbes } from "../services/process/check-probe.ts";
import { checkProcessNames } from "./reserved-names.ts";
import { checkRegions } from "./regions.ts";
import { checkRollout } from "./rollout.ts";
import { checkRoutes } from "../services/caddy/check-routes.ts";
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
