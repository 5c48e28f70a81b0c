import type { FleetCompiler } from "../fleet/compile-fleet.ts";
import type { Clock } from "../loop/clock.ts";
import type { Loop } from "../loop/loop.ts";
import type { LoopView } from "../loop/look.ts";
import type { Followed } from "../loop/follower.ts";
import type { SpecsRepository } from "../specs/repository.ts";
import type { Store } from "../store/store.ts";
import { ProblemError } from "./problem.ts";

/** What the API's handlers have to do with. */
export interface ApiPorts {
  readonly store: Store;
  readonly specs: SpecsRepository;
  readonly compiler: FleetCompiler;
  readonly loop: Loop;
  readonly clock: Clock;
  /** Which world: `local cloud 127.0.0.1:4280` or `Fly`. */
  readonly world: string;
  /** `b-` and the like, and random digits. */
  readonly newId: (prefix: string) => string;
}

/** The view with a commit in it. Throws a problem before the first commit that compiles. */
export async function viewWithHead(loop: Loop): Promise<LoopView & { readonly head: Followed }> {
  const view = await loop.view();
  if (view.head === undefined)
    throw new ProblemError(
      "remote_failed",
      `no commit of the specs can be run yet: ${view.trouble.join("; ") || "the branch hasn't been read"}`,
    );
  return { ...view, head: view.head };
}
