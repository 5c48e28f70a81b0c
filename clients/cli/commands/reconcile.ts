/** `flotilla reconcile`: look at the branch now, and run every stack from it. */
import { setTimeout } from "node:timers/promises";
import type { Status } from "../../../controller/index.ts";
import { openController } from "../controller-api/client.ts";
import type { ControllerApi, ControllerFlags } from "../controller-api/client.ts";
import { RemoteError } from "../command-line/failure.ts";

export interface ReconcileFlags extends ControllerFlags {
  readonly commit?: string;
  readonly allowOlder?: true;
  readonly reason: string;
  readonly wait?: true;
}

const POLL_MS = 2_000;

/** @throws {RemoteError} with `--wait`, when a run fails or a pause holds it back */
export async function runReconcile(flags: ReconcileFlags): Promise<void> {
  const { commit, allowOlder, reason } = flags;
  const api = openController(flags);
  const { commit: newest, stacks } = await api.reconcile({
    ...(commit === undefined ? {} : { commit }),
    ...(allowOlder ? { allow_older: true } : {}),
    reason,
  });
  console.log(`${stacks.join(", ")} are run from ${newest.slice(0, 12)}`);
  if (flags.wait) await waitForAll(api, stacks);
}

/** Until every stack is in sync with the newest commit; a run that was asked for and isn't done keeps it from that. */
async function waitForAll(api: ControllerApi, stacks: readonly string[]): Promise<void> {
  const done = new Set<string>();
  for (;;) {
    const status = await api.status();
    for (const { stack, state, applied } of status.stacks) {
      if (state !== "in_sync" || done.has(stack)) continue;
      done.add(stack);
      console.log(`${stack}: in sync with ${applied?.slice(0, 12)}`);
    }
    const left = stacks.filter((stack) => !done.has(stack));
    if (left.length === 0) return;
    assertOnItsWay(status, left);
    await setTimeout(POLL_MS);
  }
}

function assertOnItsWay({ stacks }: Status, left: readonly string[]): void {
  const stuck = stacks.filter(
    ({ stack, state }) =>
      left.includes(stack) && ["backing_off", "paused", "invalid"].includes(state),
  );
  if (stuck.length === 0) return;
  const said = stuck.map(({ stack, state, why }) => `${stack} (${state}): ${why}`).join("\n");
  throw new RemoteError(`not done:\n${said}\nThe controller goes on by itself where it can.`);
}
