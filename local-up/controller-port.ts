import { createServer } from "node:net";

const DEFAULT_PORT = 4400;
/** 4400 less 4280, the default port of the local Fly API: far enough from `--port-base` for an edge in every region. */
const DISTANCE = 120;

export interface ControllerPort {
  /** 0: any free port. */
  readonly port: number;
  /** Present when the port that it should be is in use. */
  readonly notice?: string;
}

/**
 * Chooses where the local controller listens: 4400, or 120 above the port base.
 *
 * @param portBase as given with `--port-base`; 0: any free ports
 */
export async function chooseControllerPort(portBase: number | undefined): Promise<ControllerPort> {
  if (portBase === 0) return { port: 0 };
  const port = portBase === undefined ? DEFAULT_PORT : portBase + DISTANCE;
  if (await isFree(port)) return { port };
  return { port: 0, notice: `port ${port} is in use: the controller takes a free one` };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
