/** A plan as plain text for a terminal. */
import type { FleetChange, HostChange, StackChange } from "../../../compiler/compile.ts";
import {
  describeEffect,
  describePrice,
  describeProcesses,
  describeStack,
  describeTime,
  describeVolume,
  reasonsToTell,
  secretCommand,
  signOf,
  summarizeChange,
  summarizeStack,
} from "./words.ts";

export type Paint = (style: "bold" | "dim" | "red" | "green" | "yellow", text: string) => string;

/** @param heading names both sides, e.g. `plan of specs against HEAD (0123456)` */
export function formatText(change: FleetChange, heading: string, paint: Paint): string {
  return [
    `${paint("bold", heading)}: ${summarizeChange(change)}`,
    "",
    ...change.stacks.flatMap((stack) => formatStack(stack, paint)),
    ...formatFleet(change, paint),
  ].join("\n");
}

function formatStack(stack: StackChange, paint: Paint): string[] {
  const hasContent = stack.operations.length > 0 || stack.notes.length > 0;
  return [
    `${paint("bold", stack.stack)}  ${summarizeStack(stack)}`,
    ...stack.hosts.flatMap((host) => formatHost(host, paint)),
    ...stack.volumes.map((volume) => `  volume ${volume.volume}: ${describeVolume(volume)}`),
    ...stack.records.map(
      ({ name, effect }) => `  ${signed(SIGNS[effect], paint)} DNS ${name} ${DONE[effect]}`,
    ),
    ...describeStack(stack).map(
      ({ label, text }) => `  ${label === "refused" ? paint("red", label) : label}: ${text}`,
    ),
    ...stack.commands.map((command) => `  ${paint("dim", "run:")} ${command}`),
    ...(hasContent ? [""] : []),
  ];
}

const SIGNS = { create: "+", update: "~", delete: "-" } as const;
const DONE = { create: "created", update: "updated", delete: "deleted" } as const;

function formatHost(host: HostChange, paint: Paint): string[] {
  return [
    `  ${signed(signOf(host), paint)} ${host.host} ${describeEffect(host)}`,
    ...describeProcesses(host).map((text) => `      ${text}`),
    ...reasonsToTell(host).flatMap(({ part, text, lines }) => [
      `      ${part === "file" || part === "env" || part === "active" ? "" : `${part}: `}${text}`,
      ...(lines ?? []).map((line) => `        ${paint("dim", line)}`),
    ]),
  ];
}

function formatFleet(change: FleetChange, paint: Paint): string[] {
  const { secrets, visitors, time, price, unknown } = change;
  const changes = change.stacks.some(({ operations }) => operations.length > 0);
  return [
    ...(change.stacks.at(-1)?.operations.length === 0 ? [""] : []),
    ...secrets.added.map(
      (name) => `${paint("yellow", "set first")}  ${name}: ${secretCommand(name)}`,
    ),
    ...secrets.removed.map((name) => `no longer read  ${name}`),
    ...visitors.map((text) => `${paint("bold", "visitors")}  ${text}`),
    ...(changes
      ? [
          `${paint("bold", "time")}  ${describeTime(time.seconds)}`,
          ...(time.seconds === 0 ? [] : time.assumptions).map((text) => `  ${paint("dim", text)}`),
        ]
      : []),
    `${paint("bold", "price")}  ${describePrice(price)}`,
    `  ${paint("dim", `list prices of ${price.asOf}, ${price.source}`)}`,
    ...price.notes.map((text) => `  ${paint("dim", text)}`),
    paint("bold", "not known without the real state"),
    ...unknown.map((text) => `  ${text}`),
  ];
}

function signed(sign: "+" | "~" | "-", paint: Paint): string {
  const style = { "+": "green", "~": "yellow", "-": "red" } as const;
  return paint(style[sign], sign);
}
