import { z } from "zod";
import { formatPath } from "../text/diagnostic.ts";
import type { Code, Diagnostic, Path } from "../text/diagnostic.ts";
import { MOST_REPLICAS } from "../model/schema-parts.ts";
import { fleetRegion } from "../model/spec.ts";
import type { Spec } from "../model/spec.ts";
import { suggest } from "../text/suggest.ts";
import { parseInstant } from "../text/instant.ts";

const instant = z
  .string()
  .refine((text) => parseInstant(text) !== undefined, { error: "is not an RFC 3339 time" })
  .transform((text) => ({ text, seconds: parseInstant(text) ?? 0 }));

const count = z.int().min(0).max(MOST_REPLICAS);

/** Version 1. Unknown keys are allowed: a newer writer may add some. */
const signalsSchema = z.object({
  version: z.literal(1),
  as_of: instant,
  bursts: z
    .array(
      z.object({
        id: z.string(),
        service: z.string(),
        region: z.string(),
        to: count,
        from: instant,
        until: instant,
        author: z.string(),
        reason: z.string(),
      }),
    )
    .default([]),
  metrics: z
    .array(
      z.object({
        service: z.string(),
        region: z.string(),
        count,
        valid_until: instant,
        reason: z.string(),
      }),
    )
    .default([]),
});

/** Signals that count at one moment. */
export interface LiveSignals {
  readonly bursts: z.output<typeof signalsSchema>["bursts"];
  readonly metrics: z.output<typeof signalsSchema>["metrics"];
}

export const NO_SIGNALS: LiveSignals = { bursts: [], metrics: [] };

/** Name of the signals document in diagnostics: it has no positions. */
const SIGNALS_FILE = "signals";

/**
 * Unknown JSON → the signals that are live at `now` (RFC 3339). Expired bursts, bursts yet to come and
 * recommendations past `valid_until` are left out. E408 unreadable, E409 no usable `now`, W401 for nothing in the spec.
 */
export function resolveSignals(
  spec: Spec,
  signals: unknown,
  now: string | undefined,
): { live: LiveSignals; diagnostics: Diagnostic[] } {
  if (signals === undefined || signals === null) return { live: NO_SIGNALS, diagnostics: [] };
  const parsed = signalsSchema.safeParse(signals);
  if (!parsed.success)
    return { live: NO_SIGNALS, diagnostics: parsed.error.issues.map((issue) => unreadable(issue)) };
  const at = now === undefined ? undefined : parseInstant(now);
  if (at === undefined)
    return {
      live: NO_SIGNALS,
      diagnostics: [
        signalProblem(
          "E409",
          [],
          "signals can't be judged without the time",
          "Pass `now` as an RFC 3339 time.",
        ),
      ],
    };
  const { bursts, metrics } = parsed.data;
  return {
    live: {
      bursts: bursts.filter(({ from, until }) => from.seconds <= at && at < until.seconds),
      metrics: metrics.filter(({ valid_until }) => at < valid_until.seconds),
    },
    diagnostics: [
      ...bursts.flatMap((burst, index) => strangers(spec, burst, ["bursts", index])),
      ...metrics.flatMap((metric, index) => strangers(spec, metric, ["metrics", index])),
    ],
  };
}

function unreadable(issue: z.core.$ZodIssue): Diagnostic {
  const path = issue.path as Path;
  const where = path.length === 0 ? "" : `\`${formatPath(path)}\`: `;
  return signalProblem(
    "E408",
    path,
    `the signals can't be read: ${where}${issue.message}`,
    "Repair the document, or set `flotilla:signals` to `none` to go on with the spec's own counts.",
  );
}

function strangers(
  spec: Spec,
  signal: { service: string; region: string },
  path: Path,
): Diagnostic[] {
  const service = spec.services.find(({ name }) => name === signal.service);
  const wrong = (key: string, message: string, near?: string): Diagnostic[] => [
    signalProblem(
      "W401",
      [...path, key],
      message,
      near === undefined ? "It is ignored." : `It is ignored. Did you mean \`${near}\`?`,
    ),
  ];
  if (service === undefined)
    return wrong(
      "service",
      `a signal for \`${signal.service}\`, which is no service of the spec`,
      suggest(
        signal.service,
        spec.services.map(({ name }) => name),
      ),
    );
  if (fleetRegion(spec, signal.region) === undefined)
    return wrong(
      "region",
      `a signal for \`${signal.region}\`, which is no region of the spec`,
      suggest(
        signal.region,
        spec.fleet.regions.map(({ code }) => code),
      ),
    );
  if (service.scalable) return [];
  return wrong("service", `a signal for \`${signal.service}\`, which isn't scalable`);
}

function signalProblem(code: Code, path: Path, message: string, hint: string): Diagnostic {
  return {
    code,
    severity: code.startsWith("W") ? "warning" : "error",
    file: SIGNALS_FILE,
    line: 1,
    column: 1,
    path: formatPath(path),
    message,
    hint,
  };
}
