import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, test, vi } from "vitest";
import { type ResourceKind, providerOf } from "../../../local/plugins/serve.ts";
import {
  type Props,
  hasUnknown,
  isSame,
  unwrapSecrets,
} from "../../../local/plugins/wire-values.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const URN = "urn:pulumi:dev::p::flotilla:x:Y$test:index:Thing::name";

function secret(value: unknown): object {
  return { [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value };
}

/** Remembers what it was given and gives it back. */
function createThing(): { kind: ResourceKind; seen: Props[] } {
  const seen: Props[] = [];
  const take = (props: Props) => {
    seen.push(props);
    return { ...props, derived: "d", absent: undefined as unknown as null };
  };
  return {
    seen,
    kind: {
      derivedOutputs: ["derived"],
      check: (inputs) => (inputs["bad"] ? [{ property: "bad", reason: "no" }] : []),
      diff: (olds, news) => ({ changes: !isSame(olds["a"], news["a"]), replaces: [] }),
      create: (inputs) => Promise.resolve({ id: "1", outs: take(inputs) }),
      read: (id, props) =>
        Promise.resolve(id === "gone" ? undefined : { id, props: take(props), inputs: props }),
      update: (_id, _olds, news) => Promise.resolve(take(news)),
      delete: (_id, props) => {
        take(props);
        return Promise.resolve();
      },
    },
  };
}

function createProvider() {
  const { kind, seen } = createThing();
  const functions = { "test:index:get": (args: Props) => Promise.resolve({ ...args, more: 1 }) };
  const provider = providerOf({
    name: "test",
    version: "1.0.0",
    resources: { "test:index:Thing": kind },
    functions,
  });
  return { provider, seen };
}

describe("a served plugin", () => {
  test("resources see plain values; secrets and what is made of them go back wrapped", async ({
    expect,
  }) => {
    const { provider, seen } = createProvider();
    const created = await provider.create?.(URN, {
      a: secret("hush"),
      b: { deep: secret(1) },
      c: "open",
    });
    expect(seen).toEqual([{ a: "hush", b: { deep: 1 }, c: "open" }]);
    expect(created).toEqual({
      id: "1",
      outs: { a: secret("hush"), b: secret({ deep: 1 }), c: "open", derived: secret("d") },
    });
    const updated = await provider.update?.("1", URN, { a: secret("x") }, { a: "open" });
    expect(updated).toEqual({ outs: { a: "open", derived: "d" } });
    const read = await provider.read?.("1", URN, { a: secret("hush") });
    expect(read).toMatchObject({ props: { a: secret("hush") }, inputs: { a: secret("hush") } });
  });

  test("check hands the inputs on as they came, diff compares what is inside", async ({
    expect,
  }) => {
    const { provider } = createProvider();
    const inputs = { a: secret(1), bad: true };
    expect(await provider.check?.(URN, {}, inputs)).toEqual({
      inputs,
      failures: [{ property: "bad", reason: "no" }],
    });
    expect(await provider.diff?.("1", URN, { a: secret(1) }, { a: 1 })).toEqual({
      changes: false,
      replaces: [],
    });
  });

  test("what is gone has no id", async ({ expect }) => {
    const { provider } = createProvider();
    expect(await provider.read?.("gone", URN, {})).toEqual({ id: "", props: {} });
  });

  test("types and functions it doesn't have are named, with the way to the official plugin", async ({
    expect,
  }) => {
    const { provider } = createProvider();
    const other = URN.replace("test:index:Thing", "test:index:Other");
    await expect(provider.create?.(other, {})).rejects.toThrow(
      /doesn't have resource test:index:Other.*pulumi plugin install resource test v1\.0\.0/,
    );
    await expect(provider.invoke?.("test:index:none", {})).rejects.toThrow(
      "doesn't have function test:index:none",
    );
    expect(await provider.invoke?.("test:index:get", { a: secret(1) })).toEqual({
      outputs: { a: 1, more: 1 },
    });
  });

  test("an output value without a value is unknown", ({ expect }) => {
    const output = { [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", secret: true };
    const { plain, secret: names } = unwrapSecrets({
      a: output,
      b: { ...output, value: 3, secret: false },
    });
    expect(hasUnknown(plain["a"])).toBe(true);
    expect(plain["b"]).toBe(3);
    expect([...names]).toEqual(["a"]);
  });
});

test("a stand-in ends when its engine was killed", async ({ expect }) => {
  const plugin = fileURLToPath(new URL("../../../local/plugins/command.ts", import.meta.url));
  // The shell is the engine: it starts the plugin, tells its pid and stays.
  const engine: ChildProcess = spawn("/bin/sh", [
    "-c",
    `"$0" "$1" 127.0.0.1:1 & echo "pid $!"; wait`,
    process.execPath,
    plugin,
  ]);
  let text = "";
  engine.stdout?.on("data", (data) => (text += String(data)));
  await vi.waitFor(() => expect(text).toMatch(/pid \d+\n[\s\S]*^\d+$/m), { timeout: 20_000 });
  const pid = Number(/pid (\d+)/.exec(text)?.[1]);
  const isAlive = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  expect(isAlive()).toBe(true);
  engine.kill("SIGKILL");
  await once(engine, "exit");
  await vi.waitFor(() => expect(isAlive()).toBe(false), { timeout: 10_000 });
});
