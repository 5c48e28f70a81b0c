import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { describe, it } from "vitest";

import { argumentsOf, environmentOf, startChild } from "../kit/child.ts";
import { imageFolder } from "./programs.ts";
import { until } from "../../fixtures/until.ts";

const run = join(imageFolder, "bin/run");
const path = "/usr/local/bin:/usr/bin:/bin";

/** `sh` is what the image uses; the others are tried where they are. */
const shells = [["sh"], ["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"]].filter(
  ([program = ""]) => {
    const there = isThere(program);
    if (!there)
      console.warn(`image/bin/run is not tried under ${program}: it is not on this machine`);
    return there;
  },
);

function isThere(program: string): boolean {
  try {
    execFileSync("/bin/sh", ["-c", 'command -v "$0"', program], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What `run` hands on: `cat` keeps the process there to be looked at. */
async function environmentAfter(
  shell: readonly string[],
  keep: string,
  env: Readonly<Record<string, string>>,
): Promise<{ kept: Map<string, string>; args: string[] }> {
  const [program = "", ...options] = shell;
  await using child = await startChild(program, [...options, run, keep, "--", "cat", "-"], {
    env: { PATH: path, ...env },
  });
  const args = await until("run becomes the command", async () => {
    const now = await argumentsOf(child.pid);
    return now[0] === "cat" && now;
  });
  return { kept: await environmentOf(child.pid), args };
}

describe.each(shells.map((shell) => ({ shell, name: shell.join(" ") })))(
  "run under $name",
  ({ shell }) => {
    it("keeps the base set and the named variables, in the process it was started as", async ({
      expect,
    }) => {
      const base = {
        HOME: "/root",
        LANG: "C.UTF-8",
        LC_ALL: "C.UTF-8",
        TZ: "UTC",
        TMPDIR: "/tmp",
        FLOTILLA_REGION: "iad",
        FLY_REGION: "iad",
        PC_PROC_NAME: "worker-0",
        PC_REPLICA_NUM: "0",
        PORT: "9100",
        PORT_HTTP: "9100",
        NATS_URL: "nats://127.0.0.1:4222",
        POCKETBASE_URL: "http://127.0.0.1:8090",
      };
      const { kept, args } = await environmentAfter(shell, "API_KEY,QUEUE,ABSENT", {
        ...base,
        API_KEY: "key with 'quotes' and\nlines",
        QUEUE: "",
      });
      for (const [name, value] of Object.entries({ ...base, PATH: path }))
        expect(kept.get(name)).toBe(value);
      expect(kept.get("API_KEY")).toBe("key with 'quotes' and\nlines");
      expect(kept.get("QUEUE")).toBe("");
      expect(kept.has("ABSENT")).toBe(false);
      expect(args).toEqual(["cat", "-"]);
    });

    it("drops everything else", async ({ expect }) => {
      const secrets = {
        NATS_LEAF_SEED: "s3cret-1",
        // Looks like variables of its own, line by line.
        MULTI: "s3cret-2\nPATH=/evil\nFLOTILLA_X=s3cret-3\n",
        PORTAL: "s3cret-4",
        PC_ADDRESS: "s3cret-5",
        ACTIVE_WORKER: "s3cret-6",
        FLY_API_TOKEN: "s3cret-7",
        // Names that a shell can't hold as a variable, or holds as one of its own.
        "dotted.name": "s3cret-8",
        "new\nline": "s3cret-9",
        "it's": "s3cret-10",
        "$(touch /tmp/never)": "s3cret-11",
        UID: "s3cret-12",
        PPID: "s3cret-13",
        IFS: "s3cret-14",
        OPTIND: "1",
        "BASH_FUNC_cat%%": "() {  echo s3cret-15\n}",
        keep: "s3cret-16",
        name: "s3cret-17",
        "-u": "s3cret-18",
      };
      const { kept, args } = await environmentAfter(shell, "-", secrets);
      expect([...kept.values()].join("\n")).not.toContain("s3cret");
      // Shells may add what tells of themselves, no more.
      const own = ["PATH", "PWD", "OLDPWD", "SHLVL", "_"];
      expect([...kept.keys()].filter((name) => !own.includes(name))).toEqual([]);
      expect(args.join(" ")).not.toContain("s3cret");
    });

    it("strips the brackets of BIND_ADDRESS only where there are any", async ({ expect }) => {
      const forms = {
        "[::]": "::",
        "[fdaa:0:1::2]": "fdaa:0:1::2",
        "::": "::",
        "127.0.0.1": "127.0.0.1",
      };
      for (const [given, handedOn] of Object.entries(forms)) {
        const { kept } = await environmentAfter(shell, "-", { BIND_ADDRESS: given });
        expect(kept.get("BIND_ADDRESS")).toBe(handedOn);
      }
    });
  },
);

it("passes arguments and the exit code through", async ({ expect }) => {
  await using child = await startChild(
    run,
    ["-", "--", "sh", "-c", 'printf "%s|" "$@"; exit 7', "sh", "a b", "$HOME", "", "--", "*"],
    { env: { PATH: path } },
  );
  expect(await child.ended).toBe(7);
  expect(child.stdout()).toBe("a b|$HOME||--|*|");
});

it.for([
  { args: [], says: "a command" },
  { args: ["-", "--"], says: "a command" },
  { args: ["-", "cat", "--"], says: "must be --" },
  { args: ["A B", "--", "cat"], says: "separated by commas" },
  { args: ["$(id)", "--", "cat"], says: "separated by commas" },
])("refuses the call $args", async ({ args, says }, { expect }) => {
  await using child = await startChild(run, args, { env: { PATH: path } });
  expect(await child.ended).toBe(64);
  expect(child.output()).toContain(says);
  expect(child.output()).toContain("usage: run KEEP -- command");
});

it("says what can't be started", async ({ expect }) => {
  await using child = await startChild(run, ["-", "--", "no-such-program"], {
    env: { PATH: path },
  });
  expect(await child.ended).toBe(127);
  expect(child.output()).toContain("no-such-program");
});
