/** The text of our providers that Pulumi stores in the state of every resource, and that it works. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

import { root } from "../../fixtures/project-root.ts";
import * as fly from "../../providers/fly/entry.ts";
import * as keys from "../../providers/keys/entry.ts";
import * as loader from "../../providers/loader.ts";
import { appInputs, machineConfig, machineInputs, startSocketCloud } from "./fly/cloud.ts";
import { diffSome, startDynamicProvider } from "./dynamic-provider.ts";

const methods = ["check", "diff", "create", "read", "update", "delete"] as const;

/** Serializes the providers in plain Node, as a test runner's transform changes the text. */
const serialize = `
  import * as pulumi from "@pulumi/pulumi";
  import * as loader from "./providers/loader.ts";
  const texts = {};
  for (const [name, exported] of Object.entries(loader)) {
    const provider = exported;
    texts[name] = (await pulumi.runtime.serializeFunction(() => provider)).text;
  }
  process.stdout.write(JSON.stringify(texts));
`;

async function serializeLoader(): Promise<Record<string, string>> {
  const command = ["--input-type=module", "--eval", serialize];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root });
  return JSON.parse(stdout) as Record<string, string>;
}

test("every provider object has six methods, each of which reaches its function through the frozen entry path", () => {
  const entries: Record<string, object> = { ...fly, ...keys };
  for (const [name, provider] of Object.entries(loader)) {
    const resource = entries[name.replace(/Provider$/, "")];
    for (const method of methods) {
      expect(String(provider[method]), `${name}.${method}`).toMatch(
        new RegExp(
          `require\\(process\\.cwd\\(\\) \\+ "/providers/(fly|keys)/entry\\.ts"\\)\\.${name.replace(/Provider$/, "")}\\.${method}\\(`,
        ),
      );
      expect(
        typeof Object.entries(resource ?? {}).find(([key]) => key === method)?.[1],
        `${name}.${method}`,
      ).toBe("function");
    }
  }
  expect(Object.keys(loader)).toHaveLength(9);
});

test("the text in state is the golden one, small, and free of tokens and paths", async () => {
  const texts = await serializeLoader();
  expect(Object.keys(texts).toSorted()).toEqual(Object.keys(loader).toSorted());
  for (const [name, text] of Object.entries(texts)) {
    await expect(text, name).toMatchFileSnapshot(`../golden/loader/${name}.txt`);
    expect(Buffer.byteLength(text), name).toBeLessThan(2048);
    expect(text, name).not.toMatch(/pulumi|FLY_|token/i);
    expect(text, name).not.toContain(root);
  }
});

test("the real provider process creates, reads, diffs and deletes a Machine through the serialized text", async () => {
  const cloud = await startSocketCloud();
  const texts = await serializeLoader();
  const provider = await startDynamicProvider(root, { ...process.env, ...cloud.env });

  const app = { ...appInputs, __provider: texts["appProvider"] };
  const created = await provider.call("create", { properties: app });
  expect(created.getId()).toBe("acme");
  const appId = created.getProperties()?.toJavaScript()["appId"];

  const inputs = {
    ...machineInputs(String(appId), { files: [] }),
    __provider: texts["machineProvider"],
  };
  const checked = await provider.call("check", { olds: {}, news: inputs });
  expect(checked.getInputs()?.toJavaScript()).toEqual(inputs);
  const machine = await provider.call("create", { properties: inputs });
  expect(machine.getId()).toBe("acme/iad-0");
  const outs = machine.getProperties()?.toJavaScript() ?? {};
  expect(outs).toMatchObject(inputs);
  expect(cloud.api.machines.list()).toMatchObject([{ id: outs["machineId"], state: "started" }]);

  const read = await provider.call("read", { id: "acme/iad-0", properties: outs });
  expect(read.getProperties()?.toJavaScript()).toEqual(outs);
  const news = {
    ...inputs,
    config: machineConfig({ image: "registry.fly.io/acme:broken" }),
    healthTimeoutSeconds: 1,
  };
  const same = await provider.call("diff", { id: "acme/iad-0", olds: outs, news: inputs });
  const other = await provider.call("diff", { id: "acme/iad-0", olds: outs, news });
  expect([same.getChanges(), other.getChanges()]).toEqual([1, diffSome]);

  // A partial failure must arrive as a reply: a property that can't be sent would hang the engine.
  await expect(provider.call("update", { id: "acme/iad-0", olds: outs, news })).rejects.toThrow(
    /bring Machine iad-0 to health/,
  );

  await provider.call("delete", { id: "acme/iad-0", properties: outs });
  const gone = await provider.call("read", { id: "acme/iad-0", properties: outs });
  expect(gone.getId()).toBe("");
});

test("the real provider process creates keys", async () => {
  const texts = await serializeLoader();
  const provider = await startDynamicProvider(root, process.env);
  const made = await Promise.all([
    provider.call("create", {
      properties: { hostnames: ["example.com"], __provider: texts["certificateProvider"] },
    }),
    provider.call("create", { properties: { names: ["app"], __provider: texts["nkeysProvider"] } }),
    provider.call("create", {
      properties: { names: ["A"], __provider: texts["passwordsProvider"] },
    }),
  ]);
  expect(made.map((reply) => reply.getProperties()?.toJavaScript())).toMatchObject([
    {
      csr: expect.stringContaining("CERTIFICATE REQUEST"),
      __provider: texts["certificateProvider"],
    },
    { publicKeys: { app: expect.stringMatching(/^U/) } },
    { values: { A: expect.stringMatching(/^[\w-]{43}$/) } },
  ]);
});
