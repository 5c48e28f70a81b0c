/** What all servers have in common: programs that Fly checks, on fixed ports. */
import type { DependencyPlan } from "../model/plan.ts";
import type { Service } from "../model/spec.ts";
import type { ProgramProbe } from "./service-type.ts";

/** Number of the signal that ends a process. */
export const SIGTERM = 15;

const PERIOD_SECONDS = 2;

/** Returns a server's probe: the start must fit into period × failures, as a probe that gives up stops the process. */
export function serverProbe(service: Service, port: number, path: string): ProgramProbe {
  return {
    kind: "http",
    port,
    path,
    times: {
      periodSeconds: PERIOD_SECONDS,
      timeoutSeconds: 2,
      failureThreshold: Math.ceil(service.startTimeoutSeconds / PERIOD_SECONDS),
    },
  };
}

/** Whatever depends on a server waits until it answers. */
export function serverDependency({ name }: Service): DependencyPlan {
  return { name, condition: "process_healthy" };
}
