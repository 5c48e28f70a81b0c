/**
 * Every mutant of a simulation, each in a module graph of its own. A line of JSON per mutant: name, and the first fault
 * that was seen. `node test/controller/mutants-run.ts simulation|loop-simulation [SEEDS]`
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { Mutant } from "./mutant.ts";

const root = new URL("../../", import.meta.url).href;
const folder = new URL(`${process.argv[2]}/`, import.meta.url);
const seeds = Number(process.argv[3] ?? "300");
const { mutants } = (await import(new URL("mutants.ts", folder).href)) as {
  readonly mutants: Readonly<Record<string, Mutant>>;
};
let found = 0;

/** Whatever a mutated module imports is another copy too: `file.ts?mutant=name`. */
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const name = mutantOf(context.parentURL);
    if (name === undefined || !specifier.startsWith(".")) return resolved;
    return { ...resolved, url: withMutant(resolved.url, name) };
  },
  load(url, context, next) {
    const loaded = next(url, context);
    const mutant = mutants[mutantOf(url) ?? ""];
    if (mutant === undefined || !url.startsWith(`${root}${mutant.file}?`)) return loaded;
    const parts = readFileSync(fileURLToPath(url), "utf8").split(mutant.find);
    if (parts.length !== 2) throw new Error(`${mutant.file} doesn't say "${mutant.find}" once.`);
    found += 1;
    return { ...loaded, source: parts.join(mutant.replace) };
  },
});

for (const name of Object.keys(mutants)) {
  const { firstFault } = (await import(withMutant(new URL("seeds.ts", folder).href, name))) as
    | typeof import("./simulation/seeds.ts")
    | typeof import("./loop-simulation/seeds.ts");
  const fault = await firstFault(seeds, mutants[name]?.seed);
  console.log(JSON.stringify({ name, seed: fault?.seed, violations: fault?.violations ?? [] }));
}
if (found !== Object.keys(mutants).length) throw new Error(`${found} mutants were loaded.`);

function mutantOf(url: string | undefined): string | undefined {
  return (url === undefined ? undefined : new URL(url).searchParams.get("mutant")) ?? undefined;
}

function withMutant(url: string, name: string): string {
  return `${url}?mutant=${encodeURIComponent(name)}`;
}
