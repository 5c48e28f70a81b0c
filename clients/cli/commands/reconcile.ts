import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import type { Status } from "../../../controller/index.ts";
import { RemoteError } from "../command-line/failure.ts";
import { addControllerOptions } from "../command-line/options.ts";
import { openController } from "../controller-api/client.ts";
import type { ControllerApi, ControllerFlags } from "../controller-api/client.ts";

const POLL_MS = 2_000;

/** `flotilla reconcile`: with `--wait` it exits with 3 when a stack can't be brought in sync. */
export function define(command: Command): void {
  addControllerOptions(command)
    .option("--commit <hash>", "run from this commit, which must be on the branch")
    .option(
      "--allow-older",
      "accept an older commit, or one of another line: the branch was rewritten on purpose",
    )
    .option("--reason <text>", "reason for the audit log", "by hand")
    .option("--wait", "wait until every stack is in sync; fail when a stack can't be")
    .action(requestReconcile);
}

interface ReconcileFlags extends ControllerFlags {
  readonly commit?: string;
  readonly allowOlder?: true;
  readonly reason: string;
  readonly wait?: true;
}

async function requestReconcile(flags: ReconcileFlags): Promise<void> {
  const { commit, allowOlder, reason } = flags;
  const api = openController(flags);
  const { commit: newest, stacks } = await api.reconcile({
    ...(commit === undefined ? {} : { commit }),
    ...(allowOlder ? { allow_older: true } : {}),
    reason,
  });
  console.log(`the controller runs ${stacks.join(", ")} from commit ${newest.slice(0, 12)}`);
  if (flags.wait) await waitForSync(api, stacks);
}

/** Waits until every stack is in sync with the newest commit. A stack with a requested run is not in sync yet. */
async function waitForSync(api: ControllerApi, stacks: readonly string[]): Promise<void> {
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
    assertNoneStuck(status, left);
    await setTimeout(POLL_MS);
  }
}

function assertNoneStuck({ stacks }: Status, left: readonly string[]): void {
  const stuck = stacks.filter(
    ({ stack, state }) =>
      left.includes(stack) && ["backing_off", "paused", "invalid"].includes(state),
  );
  if (stuck.length === 0) return;
  const reasons = stuck.map(({ stack, state, why }) => `${stack} (${state}): ${why}`).join("\n");
  throw new RemoteError(
    `not in sync:\n${reasons}\nThe controller retries where it can; \`flotilla status\` shows it.`,
  );
}
