import type { FleetCompiler } from "../fleet/compile-fleet.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Loop } from "../loop/loop.ts";
import type { Snapshot } from "../loop/snapshot.ts";
import type { Head } from "../loop/branch-follower.ts";
import type { SpecsRepository } from "../specs/repository.ts";
import type { Store } from "../store/store.ts";
import { ProblemError } from "./problem.ts";

/** What the API's handlers work with. */
export interface ApiPorts {
  readonly store: Store;
  readonly specs: SpecsRepository;
  readonly compiler: FleetCompiler;
  readonly loop: Loop;
  readonly clock: Clock;
  /** `local cloud 127.0.0.1:4280` or `Fly`. */
  readonly target: string;
  /** Returns an id: the prefix (`b` for bursts, `p` for pauses) and random digits. */
  readonly newId: (prefix: string) => string;
}

/** Returns a snapshot with a head. Throws a problem while no commit has compiled. */
export async function snapshotWithHead(loop: Loop): Promise<Snapshot & { readonly head: Head }> {
  const view = await loop.snapshot();
  if (view.head !== undefined) return { ...view, head: view.head };
  throw new ProblemError(
    "not_ready",
    `no commit of the specs can be run yet: ${view.trouble.join("; ") || "the branch is being read"}`,
    { headers: { "retry-after": "2" } },
  );
}

/** Returns the regions of the head. Throws a problem while no commit has compiled. */
export async function regionsOf(loop: Loop): Promise<readonly string[]> {
  const head = loop.head() ?? (await snapshotWithHead(loop)).head;
  return head.stacks.filter((stack) => stack !== "global");
}
