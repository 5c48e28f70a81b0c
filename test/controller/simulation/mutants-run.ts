/**
 * Every mutant of `mutants.ts`, each in a module graph of its own. A line of JSON per mutant: name, and the first fault
 * that was seen. `node test/controller/simulation/mutants-run.ts [SEEDS]`
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { mutants } from "./mutants.ts";

const root = new URL("../../../", import.meta.url).href;
const seeds = Number(process.argv[2] ?? "300");
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
  const module = fileURLToPath(new URL("seeds.ts", import.meta.url));
  const { firstFault } = (await import(
    withMutant(`file://${module}`, name)
  )) as typeof import("./seeds.ts");
  const fault = firstFault(seeds);
  console.log(JSON.stringify({ name, seed: fault?.seed, violations: fault?.violations ?? [] }));
}
if (found !== Object.keys(mutants).length) throw new Error(`${found} mutants were loaded.`);

function mutantOf(url: string | undefined): string | undefined {
  return (url === undefined ? undefined : new URL(url).searchParams.get("mutant")) ?? undefined;
}

function withMutant(url: string, name: string): string {
  return `${url}?mutant=${encodeURIComponent(name)}`;
}
