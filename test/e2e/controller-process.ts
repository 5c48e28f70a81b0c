/** A controller as its operator runs it: a process of its own on a world's local cloud, with its specs in a git remote. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { readController } from "../../controller/index.ts";
import type { Status } from "../../controller/index.ts";
import { guard } from "../guard.ts";
import { root, until } from "./world.ts";
import type { Ran, World } from "./world.ts";

export class ControllerProcess {
  readonly #world: World;
  readonly dir: string;
  readonly remote: string;
  /** A checkout of the remote. */
  readonly work: string;
  #child: ChildProcess | undefined;
  #said = "";
  #url = "";
  #token = "";

  private constructor(world: World) {
    this.#world = world;
    this.dir = join(world.dir, "controller");
    this.remote = join(world.dir, "specs.git");
    this.work = join(world.dir, "work");
  }

  /** A remote with the world's specs on main, and no controller yet. */
  static async create(world: World): Promise<ControllerProcess> {
    const made = new ControllerProcess(world);
    await execa("git", ["init", "--quiet", "--bare", "--initial-branch=main", made.remote]);
    await execa("git", ["init", "--quiet", "--initial-branch=main", made.work]);
    await cp(world.specsDir, join(made.work, "specs"), { recursive: true });
    await mkdir(made.dir, { recursive: true });
    await made.git("add", ".");
    await made.git("commit", "--quiet", "-m", "first");
    await made.git("push", "--quiet", made.remote, "main");
    return made;
  }

  async git(...args: string[]): Promise<string> {
    const identity = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"];
    return (await execa("git", ["-C", this.work, ...identity, ...args])).stdout;
  }

  /** Messages of the remote's commits, newest first. */
  async commits(): Promise<string[]> {
    const { stdout } = await execa("git", ["-C", this.remote, "log", "--format=%s", "main"]);
    return stdout.split("\n");
  }

  async start(): Promise<void> {
    const child = spawn(
      process.execPath,
      [
        join(root, "clients/cli/flotilla.ts"),
        "controller",
        "serve",
        `--remote=${this.remote}`,
        `--state=${this.dir}`,
        "--listen=127.0.0.1:0",
        "--drift-interval=5",
      ],
      { cwd: root, env: { ...process.env, ...this.#world.env }, stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    const guarded = guard("process", child.pid ?? 0);
    child.once("exit", () => guarded.done());
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
    this.#url = await until("a controller that answers", async () => {
      if (child.exitCode !== null) throw new Error(`the controller ended:\n${this.#said}`);
      const running = readController(this.dir);
      if (running?.pid !== child.pid) return undefined;
      return fetch(`${running?.url}/healthz`).then(
        () => running?.url,
        () => undefined,
      );
    });
    this.#token = (await readFile(join(this.dir, "admin-token"), "utf8")).trim();
  }

  /** In order. */
  async stop(): Promise<void> {
    if (this.#child === undefined || this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }

  async kill(): Promise<void> {
    if (this.#child === undefined) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  /** Process ids of the engine's runs of a stack that the controller has noted. */
  async enginePids(stack: string): Promise<number[]> {
    const text = await readFile(join(this.dir, "pids", stack), "utf8").catch(() => "");
    return text.split("\n").filter(Boolean).map(Number);
  }

  get env(): Record<string, string> {
    return {
      FLOTILLA_CONTROLLER: this.#url,
      FLOTILLA_TOKEN: this.#token,
      FLOTILLA_SIGNALS: `${this.#url}/v1/signals`,
      FLOTILLA_SIGNALS_TOKEN: this.#token,
    };
  }

  /** What it has written so far. */
  get log(): string {
    return this.#said;
  }

  /** A command of the client, which must succeed. */
  async cli(...args: string[]): Promise<Ran> {
    const ran = await this.#world.flotilla(...args);
    if (ran.exitCode !== 0) throw new Error(`flotilla ${args.join(" ")}:\n${ran.output}`);
    return ran;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ readonly status: number; readonly text: string; readonly etag: string }> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const etag = response.headers.get("etag") ?? "";
    return { status: response.status, text: await response.text(), etag };
  }

  async status(): Promise<Status> {
    const { status, text } = await this.call("GET", "/v1/status");
    if (status !== 200) throw new Error(`status ${status}: ${text}`);
    return JSON.parse(text) as Status;
  }

  /** Waits until every stack is as it should be, with these hosts seen. */
  async settled(hosts: readonly string[], withinMs = 180_000): Promise<Status> {
    let last = "";
    try {
      return await until(
        `all in sync with ${hosts.join(", ")}`,
        async () => {
          const { status, text } = await this.call("GET", "/v1/status");
          last = text;
          if (status !== 200) return undefined;
          const seen = JSON.parse(text) as Status;
          const isSynced = seen.stacks.every(({ state }) => state === "in_sync");
          const there = (await this.#world.machines()).join(" ");
          return isSynced && there === hosts.join(" ") ? seen : undefined;
        },
        withinMs,
      );
    } catch (error) {
      throw new Error(`${String(error)}\nstatus: ${last}\nlog: ${this.#said.slice(-4_000)}`, {
        cause: error,
      });
    }
  }
}
