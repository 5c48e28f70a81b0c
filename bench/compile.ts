/**
 * Compiles `global` and all 18 regions of a fleet with 50 services, for 100, 1,000 and 10,000 hosts. Each run has its own
 * process, because a person waits for the first compile. Floor: the `yaml` library alone parses the same text, and the
 * values are written as JSON. Aim: 10,000 hosts in at most 1 s and 512 MB, and linear growth.
 *
 *     node bench/compile.ts [runs = 5]
 */
import { parse } from "yaml";
import { execa } from "execa";
import { FLY_REGIONS, read } from "../compiler/compile.ts";
import type { RegionDesired, SpecFile } from "../compiler/compile.ts";
import { fleetSpecs } from "./fleet-specs.ts";
import { describeMachine, formatTimes, summary } from "./measure.ts";
import type { Times } from "./measure.ts";

const SIZES = [100, 1_000, 10_000] as const;
const MOST_SECONDS = 1;
const MOST_MB = 512;

interface CompileRun {
  readonly seconds: number;
  /** CPU time of all threads: comparable also when the computer does other work. */
  readonly processorSeconds: number;
  readonly peakMb: number;
  /** Characters of all rendered files; a file that several hosts have counts for each of them. */
  readonly characters: number;
}

const [mode, count] = process.argv.slice(2);
if (mode === "compile" || mode === "floor") {
  const files = fleetSpecs(Number(count));
  process.stdout.write(JSON.stringify(mode === "compile" ? compileAll(files) : readAll(files)));
} else await compare(Number(mode ?? 5));

async function compare(runs: number): Promise<void> {
  console.log(`${describeMachine()}; median (min … max) of ${runs} runs`);
  let earlier: number | undefined;
  for (const hosts of SIZES) {
    const samples: CompileRun[] = [];
    const floors: CompileRun[] = [];
    for (let run = 0; run < runs; run++) {
      floors.push(await sample("floor", hosts));
      samples.push(await sample("compile", hosts));
    }
    const [times, floor] = [samples, floors].map((each) => ({
      elapsed: summary(each.map(({ seconds }) => seconds)),
      processor: summary(each.map(({ processorSeconds }) => processorSeconds)),
    })) as [Timing, Timing];
    const peakMb = Math.max(...samples.map((each) => each.peakMb));
    const { median } = times.processor;
    const growth = earlier === undefined ? "" : ` (${(median / earlier).toFixed(1)} times)`;
    const megabytes = ((samples[0]?.characters ?? 0) / 1e6).toFixed(0);
    earlier = median;
    console.log(`${hosts} hosts`);
    console.log(`  compile of 19 stacks   ${formatTiming(times)}${growth}`);
    console.log(`  yaml and JSON alone    ${formatTiming(floor)}`);
    console.log(`  peak memory            ${peakMb.toFixed(0)} MB of RSS`);
    console.log(`  files of all hosts     ${megabytes} MB`);
    if (median > MOST_SECONDS || peakMb > MOST_MB) process.exitCode = 1;
  }
  console.log(`aim: at most ${MOST_SECONDS} s and ${MOST_MB} MB; linear is 10 times per step`);
}

interface Timing {
  readonly elapsed: Times;
  readonly processor: Times;
}

function formatTiming({ elapsed, processor }: Timing): string {
  return `${formatTimes(elapsed)}, CPU time ${formatTimes(processor)}`;
}

async function sample(what: "compile" | "floor", hosts: number): Promise<CompileRun> {
  const { stdout } = await execa(process.execPath, [import.meta.filename, what, String(hosts)]);
  return JSON.parse(stdout) as CompileRun;
}

function compileAll(files: readonly SpecFile[]): CompileRun {
  const elapsed = stopwatch();
  const spec = read(files);
  const stacks = ["global", ...FLY_REGIONS].map((stack) => spec.compile({ stack }));
  const times = elapsed();
  const regions = stacks.flatMap((each): RegionDesired[] => {
    if (!each.ok) throw new Error(each.diagnostics.map(({ message }) => message).join("\n"));
    return each.desired.kind === "region" ? [each.desired] : [];
  });
  const peakMb = process.resourceUsage().maxRSS / 1024;
  const hosts = regions.flatMap((region) => region.hosts);
  if (hosts.length !== Number(count)) throw new Error(`${hosts.length} hosts instead of ${count}`);
  const characters = hosts
    .flatMap((host) => host.files)
    .reduce((sum, file) => sum + ("text" in file ? file.text.length : 0), 0);
  return { ...times, peakMb, characters };
}

function readAll(files: readonly SpecFile[]): CompileRun {
  const elapsed = stopwatch();
  const characters = JSON.stringify(files.map(({ text }) => parse(text) as unknown)).length;
  return { ...elapsed(), peakMb: process.resourceUsage().maxRSS / 1024, characters };
}

function stopwatch(): () => Pick<CompileRun, "seconds" | "processorSeconds"> {
  const start = performance.now();
  const used = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(used);
    return {
      seconds: (performance.now() - start) / 1000,
      processorSeconds: (user + system) / 1e6,
    };
  };
}
