/** Phrases about a change that the plain text and the Markdown share. */
import { isPlainStart } from "../../../compiler/compile.ts";
import type {
  FleetChange,
  HostChange,
  HostEffect,
  PriceChange,
  Reason,
  StackChange,
  Switch,
  VolumeChange,
} from "../../../compiler/compile.ts";

const EFFECTS: Readonly<Record<HostEffect, { sign: "+" | "~" | "-"; done: string }>> = {
  create: { sign: "+", done: "created" },
  "create-stopped": { sign: "+", done: "created as a warm host, stopped" },
  start: { sign: "~", done: "started" },
  stop: { sign: "~", done: "stopped" },
  switch: { sign: "~", done: "switched without a reboot" },
  reboot: { sign: "~", done: "rebooted" },
  rewrite: { sign: "~", done: "rewritten, stays stopped" },
  recreate: { sign: "~", done: "destroyed and created again" },
  replace: { sign: "~", done: "replaced" },
  destroy: { sign: "-", done: "destroyed" },
};

export function signOf({ effect }: HostChange): "+" | "~" | "-" {
  return EFFECTS[effect].sign;
}

/** Returns `rebooted`; for a warm host also how it is started or kept. */
export function describeEffect(change: HostChange): string {
  const { done } = EFFECTS[change.effect];
  if (change.effect === "stop") return `drained and ${done}, kept as a warm host`;
  if (change.effect !== "start") return done;
  return isPlainStart(change) ? `${done} without a rewrite` : `rewritten and ${done}`;
}

/** The reasons for the change of the Machine that neither the effect nor the processes already state. */
export function reasonsToTell({ effect, reasons }: HostChange): readonly Reason[] {
  return reasons.filter(
    ({ part }) => part !== "state" && !(part === "active" && effect === "switch"),
  );
}

/** What changes on the host besides its Machine: `worker 2 → 3: worker-2 on`, `nats added`. */
export function describeProcesses({ switched, comes, leaves, effect }: HostChange): string[] {
  const isDestroyed = effect === "destroy";
  return [
    ...switched.map((change) => describeSwitch(change, effect)),
    ...(isDestroyed ? [] : comes.map((service) => `${service} added`)),
    ...(isDestroyed ? [] : leaves.map((service) => `${service} removed`)),
  ];
}

function describeSwitch({ service, from, to }: Switch, effect: HostEffect): string {
  const counts = `${service} ${from} → ${to}`;
  if (effect !== "switch") return counts;
  const low = Math.min(from, to);
  const slots = Array.from(
    { length: Math.abs(to - from) },
    (_, index) => `${service}-${low + index}`,
  );
  return `${counts}: ${slots.join(", ")} ${to > from ? "on" : "off"}`;
}

export function describeVolume({ effect, fromGb, toGb }: VolumeChange): string {
  if (effect === "create") return `created, ${toGb} GB`;
  if (effect === "grow") return `grows in place from ${fromGb} GB to ${toGb} GB`;
  return `kept with its data, ${fromGb} GB, until \`flotilla volumes prune\``;
}

/** `1 host created, 2 rebooted; 3 operations`, or `no change`. */
export function summarizeStack(stack: StackChange): string {
  if (stack.operations.length === 0) return "no change";
  const counts = new Map<string, number>();
  for (const { effect } of stack.hosts) {
    const { done } = EFFECTS[effect];
    counts.set(done, (counts.get(done) ?? 0) + 1);
  }
  const hosts = [...counts].map(([done, count]) => `${plural(count, "host")} ${done}`);
  const records = stack.records.length === 0 ? [] : [plural(stack.records.length, "DNS record")];
  return [
    ...(stack.presence === "new" ? ["new stack"] : []),
    ...(stack.presence === "left" ? ["left the spec"] : []),
    ...hosts,
    ...records,
    ...(stack.certificate === undefined ? [] : ["new certificate"]),
    plural(stack.operations.length, "operation"),
  ].join(", ");
}

export function summarizeChange({ stacks }: FleetChange): string {
  const operations = stacks.reduce((sum, stack) => sum + stack.operations.length, 0);
  if (operations === 0) return "nothing changes";
  const changed = stacks.filter((stack) => stack.operations.length > 0);
  return `${plural(operations, "operation")} in ${changed.map(({ stack }) => stack).join(", ")}`;
}

/** Sentences about the stack as a whole, each with its label. */
export function describeStack(stack: StackChange): { label: string; text: string }[] {
  const labelled = (label: string, texts: readonly string[]): { label: string; text: string }[] =>
    texts.map((text) => ({ label, text }));
  const previewed = stack.operations.filter(({ previewOnly }) => previewOnly === true);
  const conditional = stack.operations.flatMap(({ name, onlyIf }) =>
    onlyIf === undefined ? [] : [`\`${name}\` is updated if ${onlyIf}`],
  );
  return [
    ...labelled("refused", stack.refused),
    ...labelled("certificate", stack.certificate === undefined ? [] : [stack.certificate.text]),
    ...labelled("check", stack.checks ? ["the rendered files are checked by their programs"] : []),
    ...labelled("pause", stack.pauses),
    ...labelled(
      "preview",
      previewed.map(
        ({ name }) =>
          `also lists \`${name}\`, because its volume's id is not known before the run; it doesn't change`,
      ),
    ),
    ...labelled("secrets", conditional),
    ...labelled("note", stack.notes),
  ];
}

/** `+3.69 USD a month (estimate)`. */
export function describePrice({ difference, before, after }: PriceChange): string {
  const sign = difference > 0 ? "+" : difference < 0 ? "−" : "±";
  return `${sign}${money(Math.abs(difference))} USD a month, from ${money(before)} to ${money(after)} (estimate)`;
}

export function describeTime(seconds: number): string {
  if (seconds === 0) return "no lower bound: no host waits for another";
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return `at least ${minutes === 0 ? "" : `${minutes} min `}${rest} s`;
}

export function secretCommand(name: string): string {
  return `pulumi config set --secret --path flotilla:secrets.${name} -s global`;
}

function money(dollars: number): string {
  return dollars.toFixed(2);
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
