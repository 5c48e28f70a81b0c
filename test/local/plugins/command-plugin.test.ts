import { describe, test } from "vitest";
import { commandKind } from "../../../local/plugins/command-resource.ts";
import type { Props } from "../../../local/plugins/wire-values.ts";

function createContext() {
  const lines: string[] = [];
  return { lines, context: { urn: "urn", info: (line: string) => void lines.push(line) } };
}

async function create(inputs: Props) {
  const { lines, context } = createContext();
  return { ...(await commandKind.create(inputs, context)), lines };
}

describe("Command", () => {
  test("runs `create` with input, environment and folder, keeps both outputs and shows their lines", async ({
    expect,
  }) => {
    const { id, outs, lines } = await create({
      create: 'cat; echo "$GREETING from $(pwd)"; printf "half a line" >&2',
      stdin: "given\n",
      environment: { GREETING: "hello" },
      dir: "/",
    });
    expect(id).toMatch(/^command[0-9a-f]{8}$/);
    expect(outs).toMatchObject({ stdout: "given\nhello from /", stderr: "half a line", dir: "/" });
    expect(lines.toSorted()).toEqual(["given", "half a line", "hello from /"]);
  });

  test("`logging` chooses what is shown, not what is kept", async ({ expect }) => {
    const run = { create: "echo out; echo err >&2" };
    expect((await create({ ...run, logging: "none" })).lines).toEqual([]);
    expect((await create({ ...run, logging: "stderr" })).lines).toEqual(["err"]);
    expect((await create({ ...run, logging: "stdout" })).outs["stderr"]).toBe("err");
  });

  test("a failure carries the exit status and what the command said", async ({ expect }) => {
    await expect(create({ create: "echo first; echo broken >&2; exit 3" })).rejects.toThrow(
      /^exit status 3: running "echo first.*":\nfirst\nbroken\n$/s,
    );
    await expect(create({ create: "kill -TERM $$" })).rejects.toThrow("signal: SIGTERM");
    await expect(create({ create: "true", dir: "/no/such/folder" })).rejects.toThrow("ENOENT");
    await expect(create({ create: "true", interpreter: ["/no/such/shell"] })).rejects.toThrow(
      "ENOENT",
    );
  });

  test("a command that reads nothing doesn't mind a long input", async ({ expect }) => {
    expect(
      (await create({ create: "exec true", stdin: "x".repeat(4_000_000) })).outs["stdout"],
    ).toBe("");
  });

  test("an update runs `update`, else `create`, and sees the last outputs", async ({ expect }) => {
    const { context } = createContext();
    const olds = { stdout: "before", stderr: "" };
    const say = 'echo "$1${PULUMI_COMMAND_STDOUT-none}${PULUMI_COMMAND_STDERR-none}"';
    expect(await commandKind.update("id", olds, { create: say }, context)).toMatchObject({
      stdout: "beforenone",
    });
    expect(
      await commandKind.update("id", olds, { create: "false", update: "echo updated" }, context),
    ).toMatchObject({ stdout: "updated" });
    expect(
      await commandKind.update("id", olds, { create: say, addPreviousOutputInEnv: false }, context),
    ).toMatchObject({ stdout: "nonenone" });
    expect(await commandKind.update("id", olds, { delete: "true" }, context)).toMatchObject({
      stdout: "before",
    });
  });

  test("delete runs `delete`, and nothing without one", async ({ expect }) => {
    const { lines, context } = createContext();
    await commandKind.delete("id", { create: "echo no" }, context);
    await commandKind.delete(
      "id",
      { delete: "echo $PULUMI_COMMAND_STDOUT", stdout: "bye" },
      context,
    );
    expect(lines).toEqual(["bye"]);
    await expect(commandKind.delete("id", { delete: "exit 1" }, context)).rejects.toThrow(
      "exit status 1",
    );
  });

  test.for<[string, Props, Props, { changes: boolean; replaces: string[] }]>([
    [
      "nothing",
      { create: "a", stdin: "x" },
      { create: "a", stdin: "x" },
      { changes: false, replaces: [] },
    ],
    [
      "input",
      { create: "a", stdin: "x" },
      { create: "a", stdin: "y" },
      { changes: true, replaces: [] },
    ],
    [
      "a variable gone",
      { environment: { A: "1", B: "2" } },
      { environment: { A: "1" } },
      { changes: true, replaces: [] },
    ],
    [
      "an argument gone",
      { create: "a", delete: "b" },
      { create: "a" },
      { changes: true, replaces: [] },
    ],
    ["triggers", { triggers: [1] }, { triggers: [2] }, { changes: true, replaces: ["triggers"] }],
    [
      "triggers with `update`",
      { triggers: [1], update: "u" },
      { triggers: [2], update: "u" },
      { changes: true, replaces: [] },
    ],
    [
      "input unknown",
      { stdin: "x" },
      { stdin: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" },
      { changes: true, replaces: [] },
    ],
  ])("diff: %s", ([, olds, news, diff], { expect }) => {
    expect(commandKind.diff({ ...olds, stdout: "", stderr: "" }, news)).toEqual(diff);
  });

  test("what it doesn't have it says, with the command that gets the official plugin", ({
    expect,
  }) => {
    const [failure] = commandKind.check({ create: "a", assetPaths: ["*"] });
    expect(failure?.property).toBe("assetPaths");
    expect(failure?.reason).toContain("pulumi plugin install resource command v1.2.1");
  });
});
