/**
 * A whole world in a temporary folder: specs, local cloud, backend, engine; driven as its user drives it, by the
 * `flotilla` command and plain `pulumi`. Nothing of it outlives the test process.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import type { SpecFile } from "../../compiler/compile.ts";
import type { CloudInfo, CloudStatus } from "../../local/index.ts";
import { guard } from "../guard.ts";
import { writeSpecFolder } from "./spec-folder.ts";
import { endWorld } from "./end-world.ts";

export const root: string = resolve(import.meta.dirname, "../..");
const flotilla = join(root, "clients/cli/flotilla.ts");

export interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in one text. */
  readonly output: string;
}

export interface Step {
  readonly op: string;
  readonly name: string;
}

export class World {
  readonly dir: string;
  readonly stateDir: string;
  readonly specsDir: string;
  #env: Record<string, string> = {};
  readonly #guards: { done: () => void }[];

  private constructor(dir: string) {
    this.dir = dir;
    this.stateDir = join(dir, "state");
    this.specsDir = join(dir, "specs");
    this.#guards = guardWorld(root, dir, this.stateDir);
  }

  static async create(): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), "flotilla-e2e-")));
    await cp(join(root, "fixtures/specs"), world.specsDir, { recursive: true });
    return world;
  }

  /** Leaves the check of the rendered files out, for tests of what comes after it. Before the first `up`. */
  async skipCheck(): Promise<void> {
    await mkdir(this.stateDir, { recursive: true });
    await writeFile(
      join(this.stateDir, "Pulumi.local.yaml"),
      'config: { flotilla:check: "false" }\n',
    );
  }

  /** `flotilla local up --detach`; throws with its output when it fails. */
  async up(mode: "simulated" | "process"): Promise<Ran> {
    const flags = mode === "simulated" ? ["--simulated"] : [];
    // Most worlds are changed by hand, which a controller would repair at once.
    const ran = await this.flotilla(
      "local",
      "up",
      "--detach",
      "--no-controller",
      "--port-base=0",
      ...flags,
    );
    if (ran.exitCode !== 0) throw new Error(`local up failed (${ran.exitCode}):\n${ran.output}`);
    await this.loadEnv();
    return ran;
  }

  async loadEnv(): Promise<void> {
    const { stdout } = await this.flotilla("local", "env");
    this.#env = Object.fromEntries(
      [...stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
    ) as Record<string, string>;
  }

  /** Besides its own; for a controller, say. */
  useEnv(env: Readonly<Record<string, string>>): void {
    this.#env = { ...this.#env, ...env };
  }

  get env(): Readonly<Record<string, string>> {
    return this.#env;
  }

  /** The `flotilla` command with this world's state and specs. */
  async flotilla(...args: string[]): Promise<Ran> {
    const takesState = args[0] === "local";
    const takesSpecs =
      !["toolchain", "controller", "scale", "status", "pause", "reconcile"].includes(
        args[0] ?? "",
      ) && !["down", "status", "publish", "kill"].includes(args[1] ?? "");
    return run(
      process.execPath,
      [
        flotilla,
        ...args,
        ...(takesState ? ["--state", this.stateDir] : []),
        ...(takesSpecs ? ["--specs", this.specsDir] : []),
      ],
      this.#env,
    );
  }

  /** Plain `pulumi`, with the environment of `flotilla local env`. */
  async pulumi(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
    return run("pulumi", args, { ...this.#env, ...env });
  }

  /** `pulumi stack init`, in a folder where no stack file of the project is in the way. */
  async addStack(stack: string): Promise<void> {
    const scratch = join(this.dir, "scratch");
    await mkdir(scratch, { recursive: true });
    await cp(join(root, "Pulumi.yaml"), join(scratch, "Pulumi.yaml"));
    const ran = await this.pulumi(["-C", scratch, "stack", "init", stack]);
    if (ran.exitCode !== 0) throw new Error(`stack init ${stack} failed:\n${ran.output}`);
  }

  /** What a plain `pulumi preview` would change, by operation and logical name. */
  async preview(stack: string): Promise<Step[]> {
    const ran = await this.pulumi(["preview", "--json", "-s", stack]);
    if (ran.exitCode !== 0) throw new Error(`preview of ${stack} failed:\n${ran.output}`);
    const { steps } = JSON.parse(ran.stdout) as { steps: { op: string; urn: string }[] };
    return steps
      .filter(({ op }) => !["same", "read", "refresh"].includes(op))
      .map(({ op, urn }) => ({ op, name: urn.split("::").at(-1) ?? urn }))
      .toSorted((a, b) => a.name.localeCompare(b.name));
  }

  /** A plain preview that fails when it would change anything. */
  async previewNoChanges(stack: string): Promise<Ran> {
    return this.pulumi(["preview", "--expect-no-changes", "-s", stack]);
  }

  /** `pulumi up`, which must succeed. */
  async apply(stack: string): Promise<Ran> {
    const ran = await this.pulumi(["up", "--yes", "--skip-preview", "-s", stack]);
    if (ran.exitCode !== 0) throw new Error(`up of ${stack} failed:\n${ran.output}`);
    return ran;
  }

  async info(): Promise<CloudInfo> {
    return JSON.parse(
      await readFile(join(this.stateDir, "cloud", "cloud.json"), "utf8"),
    ) as CloudInfo;
  }

  async status(): Promise<CloudStatus> {
    return this.control<CloudStatus>("GET", "/_local/status");
  }

  /** A call to the local cloud's Fly API or its own `/_local` part. */
  async control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { fly, tokens } = await this.info();
    const answer = await fetch(`${fly}${path}`, {
      method,
      headers: { authorization: `Bearer ${tokens.fly}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** Names of the Machines that exist, sorted. */
  async machines(): Promise<string[]> {
    return (await this.status()).machines.map(({ name }) => name).toSorted();
  }

  /** These instead of the sample. */
  async writeSpecs(files: readonly SpecFile[]): Promise<void> {
    await rm(this.specsDir, { recursive: true, force: true });
    await writeSpecFolder(this.specsDir, files);
  }

  async editSpec(file: string, from: string | RegExp, to: string): Promise<void> {
    const path = join(this.specsDir, file);
    const text = await readFile(path, "utf8");
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`${file} has nothing like ${String(from)}`);
    await writeFile(path, changed);
  }

  async close(): Promise<void> {
    await endWorld(root, this.stateDir);
    await rm(this.dir, { recursive: true, force: true });
    for (const { done } of this.#guards) done();
  }
}

/** Should the tests be killed, the world of `state` is ended and `dir` removed all the same. */
export function guardWorld(checkout: string, dir: string, state: string): { done: () => void }[] {
  const program = join(import.meta.dirname, "end-world.ts");
  return [guard("command", [process.execPath, program, checkout, state]), guard("folder", dir)];
}

/** Waits for a condition, not for a time. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Ran> {
  const result = await execa(command, [...args], {
    cwd: root,
    env,
    reject: false,
    stdin: "ignore",
    all: true,
  });
  return {
    exitCode: result.exitCode,
    stdout: result.stdout,
    stderr: result.stderr,
    output: result.all,
  };
}
