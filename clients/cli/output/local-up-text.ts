/** What `flotilla local up` shows while it works. */
import { styleText } from "node:util";
import type { LocalUpEvent } from "../../../local-up/index.ts";
import { createProgressText } from "../../../toolchain/index.ts";
import type { Display } from "./display.ts";

/** Returns the handler that shows each event of a deployment on the display. */
export function createLocalUpPrinter(display: Display): (event: LocalUpEvent) => void {
  const showTool = createProgressText(process.stderr);
  return (event) => {
    if (event.kind === "tool-progress") showTool(event.event);
    else showEvent(display, event);
  };
}

type ShownEvent = Exclude<LocalUpEvent, { readonly kind: "tool-progress" }>;
type EventOf<Kind extends LocalUpEvent["kind"]> = Extract<LocalUpEvent, { readonly kind: Kind }>;

function showEvent(display: Display, event: ShownEvent): void {
  switch (event.kind) {
    case "tools-ready":
      return display.done(ok("toolchain"));
    case "cloud-starting":
      return display.step("starting the local cloud");
    case "cloud-ready":
      return showCloud(display, event.cloud);
    case "plugins-starting":
      return display.step("plugins of Pulumi");
    case "plugins-progress":
      return display.step(`plugins of Pulumi: ${event.text}`);
    case "plugins-ready":
      return display.done(
        ok(`plugins ${event.plugins.map(({ name, source }) => `${name} (${source})`).join(", ")}`),
      );
    case "secrets-generated":
      return display.line(`    generated local values for ${event.names.join(", ")}`);
    case "run-started":
      return display.step(`${event.stack}: starting`);
    case "run-progress":
      return display.step(describeRun(event.progress));
    case "run-warning":
      return display.line(formatWarning(event.text));
    case "run-finished":
      return display.done(ok(describeChanges(event.stack, event.changes)));
    case "verification-started":
      return display.step(`verifying https://${event.hostname} from near ${event.region}`);
    case "verified":
      return showVerified(display, event);
    case "controller-starting":
      if (event.notice !== undefined) display.line(`    ${event.notice}`);
      return display.step("starting the controller");
    case "controller-ready": {
      const { url, tokenFile } = event.controller;
      return display.done(ok(`controller ${url}, its admin token is in ${tokenFile}`));
    }
  }
}

function showCloud(
  display: Display,
  { fly, mode, notices }: EventOf<"cloud-ready">["cloud"],
): void {
  const machines = mode === "simulated" ? "simulated" : "real processes";
  display.done(ok(`target: local cloud ${new URL(fly).host}, Machines are ${machines}`));
  for (const notice of notices) display.line(`    ${notice}`);
}

function showVerified(
  display: Display,
  { hostname, port, region, status, fingerprint }: EventOf<"verified">,
): void {
  display.done(
    ok(
      `https://${hostname}:${port} from near ${region}: ${status}, certificate ${fingerprint.slice(0, 17)}…`,
    ),
  );
}

/** `iad: create Machine iad-0, Machine iad-1 (3 done)`. */
function describeRun({ stack, resources }: EventOf<"run-progress">["progress"]): string {
  const all = [...resources.values()].filter(({ component }) => !component);
  const running = all.filter(({ status }) => status === "running");
  const done = all.filter(({ status }) => status === "done").length;
  const [first] = running;
  if (first === undefined)
    return `${stack}: comparing the observed state with the desired state (${done} done)`;
  const names = running.map(({ label }) => label).join(", ");
  return `${stack}: ${first.op} ${names} (${done} done)`;
}

const CHANGES: Readonly<Record<string, string>> = {
  create: "created",
  update: "updated",
  delete: "deleted",
  replace: "replaced",
  same: "unchanged",
};

/** `iad: 5 created, 2 unchanged`. */
function describeChanges(stack: string, changes: Readonly<Record<string, number>>): string {
  const parts = Object.entries(CHANGES)
    .filter(([op]) => (changes[op] ?? 0) > 0)
    .map(([op, word]) => `${changes[op]} ${word}`);
  return `${stack}: ${parts.join(", ") || "nothing to do"}`;
}

/** A line that begins with `!`, yellow on a terminal; the text's later lines are indented below its first. */
function formatWarning(text: string): string {
  const mark = styleText("yellow", "!", { stream: process.stderr });
  return `${mark}   ${text.replaceAll("\n", "\n    ")}`;
}

/** A line that begins with `ok`, green on a terminal. */
export function ok(text: string): string {
  return `${styleText("green", "ok", { stream: process.stderr })}  ${text}`;
}
