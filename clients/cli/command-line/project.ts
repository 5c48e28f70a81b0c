/** Where this checkout is, and where its controller keeps its state. */
import { join, resolve } from "node:path";

/** Folder of `Pulumi.yaml` and `index.ts`. */
export const projectDir: string = resolve(import.meta.dirname, "../../..");

/** The controller's state folder: as given with `--state`, else the checkout's own. */
export function controllerDir(state: string | undefined): string {
  return resolve(state ?? join(projectDir, ".flotilla", "controller"));
}
