import type { MachineCheck } from "./machine-config.ts";

/** Returns Fly's check of a Machine over HTTP. */
export function httpCheck(port: number, path: string): MachineCheck {
  return { type: "http", port, path, interval: "5s", timeout: "2s", grace_period: "30s" };
}
