import { parse, stringify } from "yaml";
import { validate } from "../../compiler/compile.ts";
import type { CompileOptions, SpecFile } from "../../compiler/compile.ts";
import { base, readInvalidCases } from "./invalid-cases.ts";
import { createRandom } from "./mutation-random.ts";
import type { Random } from "./mutation-random.ts";
import { blowUp, mutateGently, mutateText } from "./mutation-text.ts";
import { enlarge, mutateValue } from "./mutation-values.ts";
import { sampleSpecs } from "../../fixtures/sample-specs.ts";

/** What the compiler is given for one seed. */
export interface MutationCase {
  readonly files: readonly SpecFile[];
  readonly options: Omit<CompileOptions, "stack">;
  /** Compiled besides `validate`. */
  readonly stacks: readonly string[];
}

/** How often a change makes a file or the signals large. */
const LARGE = 0.02;

/** Valid specs that mutations start from: the sample, and all that `test/invalid/` has put right. */
const specs: readonly (readonly SpecFile[])[] = [
  sampleSpecs(),
  base,
  ...readInvalidCases().flatMap(({ right }) => (right === undefined ? [] : [right.files])),
].filter((files) => validate(files).every(({ severity }) => severity === "warning"));

const words = [
  ...new Set(specs.flatMap((files) => files.flatMap(({ text }) => text.match(/[\w./-]+/g) ?? []))),
];

const signals = {
  version: 1,
  as_of: "2026-06-01T12:00:00Z",
  bursts: ["caddy", "worker", "nats", "nobody"].map((service, to) => ({
    id: `b${to}`,
    service,
    region: "iad",
    to: to + 1,
    from: "2026-06-01T11:00:00Z",
    until: "2026-06-01T13:00:00Z",
    author: "ada",
    reason: "launch",
  })),
  metrics: ["iad", "fra"].map((region, count) => ({
    service: "worker",
    region,
    count: count + 2,
    valid_until: "2026-06-01T12:05:00Z",
    reason: "queue",
  })),
};

export function mutationCase(seed: number): MutationCase {
  const random = createRandom(seed);
  const mutate = random.chance(0.4) ? mutateFileGently : mutateFiles;
  let files = random.pickFrom(specs) ?? base;
  for (let left = 1 + random.int(2); left > 0; left--) files = mutate(files, random);
  const now = random.chance(0.9) ? "2026-06-01T12:00:00Z" : random.pick(["", "now", "2026-06-01"]);
  return {
    files,
    options: {
      now,
      ...(random.chance(0.6) ? { signals: mutateSignals(random) } : {}),
      ...(random.chance(0.3) ? { secrets: ["API_KEY", "constructor"] } : {}),
    },
    stacks: ["global", "iad", "fra", ...(random.chance(0.1) ? ["__proto__"] : [])],
  };
}

function mutateFileGently(files: readonly SpecFile[], random: Random): readonly SpecFile[] {
  const chosen = random.int(files.length);
  return files.map((file, index) =>
    index === chosen ? { ...file, text: mutateGently(file.text, random, words) } : file,
  );
}

function mutateFiles(files: readonly SpecFile[], random: Random): readonly SpecFile[] {
  const index = random.int(files.length);
  const file = files[index];
  if (file === undefined) return files;
  const others = files.filter((other) => other !== file);
  if (random.chance(LARGE)) return [...others, { ...file, text: blowUp(file.text, random, words) }];
  switch (random.int(12)) {
    case 0:
      return others;
    case 1:
      return [...files, { ...file, text: mutateText(file.text, random, words) }];
    case 2:
      return [...files, { path: random.pick(["", "__proto__", "ø.yaml"]), text: file.text }];
    case 3:
      return [...others, { ...file, text: random.pickFrom(files)?.text ?? "" }];
    case 4:
    case 5:
    case 6:
      return [...others, { ...file, text: mutateStructure(file.text, random) }];
    default:
      return [...others, { ...file, text: mutateText(file.text, random, words) }];
  }
}

/** The same file with another structure, as YAML or JSON; a text that is broken by now stays as it is. */
function mutateStructure(text: string, random: Random): string {
  if (text.length > 70_000) return text;
  try {
    const parsed: unknown = parse(text, { maxAliasCount: 100, logLevel: "error" });
    const value = mutateValue(parsed, random);
    if (value === undefined) return "";
    return random.chance(0.8) ? stringify(value) : JSON.stringify(value, null, 1);
  } catch {
    return text;
  }
}

function mutateSignals(random: Random): unknown {
  if (random.chance(LARGE))
    return {
      ...signals,
      bursts: enlarge(signals.bursts, random),
      metrics: enlarge(signals.metrics, random),
    };
  return random.chance(0.3) ? signals : mutateValue(signals, random);
}
