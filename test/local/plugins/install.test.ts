import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "vitest";
import { installPlugins } from "../../../local/plugins/install.ts";
import { PINNED_PLUGINS } from "../../../local/plugins/pinned.ts";

let dir: string;
let pulumiHome: string;
let messages: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "flotilla-install-"));
  pulumiHome = join(dir, "home with 'quotes'");
  messages = [];
});

afterEach(() => rm(dir, { recursive: true, force: true }));

/** An engine of one shell script; `$HOME_OF_PLUGINS` is where a real one would put them. */
async function engine(script: string): Promise<string> {
  const path = join(dir, "pulumi");
  await writeFile(path, `#!/bin/sh\necho "$@" >> ${join(dir, "asked")}\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function asked(): Promise<readonly string[]> {
  const text = await readFile(join(dir, "asked"), "utf8").catch(() => "");
  return text.split("\n").filter(Boolean).toSorted();
}

function install(pulumi: string, more: { timeoutMs?: number } = {}) {
  return installPlugins({
    pulumiHome,
    pulumi,
    env: { HOME: join(dir, "user"), PATH: process.env["PATH"] },
    log: (line) => messages.push(line),
    ...more,
  });
}

const OFFLINE = `
mkdir -p "$PULUMI_HOME/plugins"; : > "$PULUMI_HOME/plugins/resource-$4-$5.partial"
echo 'warning: Error downloading plugin: Get "https://get.pulumi.com/x": dial tcp: lookup get.pulumi.com: no such host' >&2
exit 255`;
const ONLINE = `d="$PULUMI_HOME/plugins/resource-$4-$5"; mkdir -p "$d"; echo official > "$d/pulumi-resource-$4"`;

async function putOfficial(home: string): Promise<void> {
  for (const { name, version } of PINNED_PLUGINS) {
    const folder = join(home, "plugins", `resource-${name}-v${version}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `pulumi-resource-${name}`), "official");
  }
}

describe("installPlugins", () => {
  test("pins what the packages ask for", ({ expect }) => {
    const require = createRequire(import.meta.url);
    for (const { name, version } of PINNED_PLUGINS) {
      const manifest = require(`@pulumi/${name}/package.json`) as { pulumi: { version: string } };
      expect(version).toBe(manifest.pulumi.version);
    }
  });

  test("without a download it puts the stand-ins, says why once, and never asks again", async ({
    expect,
  }) => {
    const pulumi = await engine(OFFLINE);
    const standIns = PINNED_PLUGINS.map(({ name, version }) => ({
      name,
      version,
      source: "stand-in",
    }));
    expect(await install(pulumi)).toEqual(standIns);
    expect(await asked()).toEqual([
      "plugin install resource cloudflare v6.17.0",
      "plugin install resource command v1.2.1",
    ]);
    expect(messages).toHaveLength(2);
    expect(messages[0]).toMatch(
      /^plugin c\w+ [\d.]+: a stand-in .*\(lookup get\.pulumi\.com: no such host\)$/,
    );
    expect((await readdir(join(pulumiHome, "plugins"))).toSorted()).toEqual([
      "resource-cloudflare-v6.17.0",
      "resource-command-v1.2.1",
    ]);
    expect(await install(pulumi)).toEqual(standIns);
    expect([(await asked()).length, messages.length]).toEqual([2, 2]);
  });

  test("a stand-in is marked as one, and its script starts it", async ({ expect }) => {
    await install(await engine(OFFLINE));
    const folder = join(pulumiHome, "plugins/resource-command-v1.2.1");
    expect(await readFile(join(folder, "STAND-IN"), "utf8")).toContain(
      "Not the official Pulumi plugin command 1.2.1",
    );
    expect(statSync(join(folder, "pulumi-resource-command")).mode & 0o111).toBe(0o111);
    const plugin = spawn(join(folder, "pulumi-resource-command"), ["127.0.0.1:1"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [said] = (await once(plugin.stdout, "data")) as [Buffer];
    expect(String(said)).toMatch(/^\d+\n$/);
    plugin.kill("SIGKILL");
    await once(plugin, "exit");
  });

  test("a script that points elsewhere is put right", async ({ expect }) => {
    const pulumi = await engine(OFFLINE);
    await install(pulumi);
    const script = join(pulumiHome, "plugins/resource-command-v1.2.1/pulumi-resource-command");
    const right = await readFile(script, "utf8");
    await writeFile(script, "#!/bin/sh\nexec node /moved/away.ts\n");
    await install(pulumi);
    expect(await readFile(script, "utf8")).toBe(right);
    expect(await asked()).toHaveLength(2);
  });

  test("a download that works is the official plugin", async ({ expect }) => {
    const pulumi = await engine(ONLINE);
    expect((await install(pulumi)).map(({ source }) => source)).toEqual(["official", "official"]);
    expect(messages).toEqual([]);
    await install(pulumi);
    expect(await asked()).toHaveLength(2);
  });

  test("a download that hangs is given up", async ({ expect }) => {
    const started = await install(await engine("exec sleep 60"), { timeoutMs: 300 });
    expect(started.map(({ source }) => source)).toEqual(["stand-in", "stand-in"]);
    expect(messages[0]).toContain("no download within 0.3 s");
  });

  test("the user's own are linked, and take the place of stand-ins", async ({ expect }) => {
    const pulumi = await engine(OFFLINE);
    await install(pulumi);
    await putOfficial(join(dir, "user/.pulumi"));
    expect((await install(pulumi)).map(({ source }) => source)).toEqual(["official", "official"]);
    const folder = join(pulumiHome, "plugins/resource-cloudflare-v6.17.0");
    expect(await readFile(join(folder, "pulumi-resource-cloudflare"), "utf8")).toBe("official");
    expect(existsSync(join(folder, "STAND-IN"))).toBe(false);
    expect(await asked()).toHaveLength(2);
  });

  test("a plugin in the home stays as it is", async ({ expect }) => {
    await putOfficial(pulumiHome);
    expect((await install(await engine("exit 1"))).map(({ source }) => source)).toEqual([
      "official",
      "official",
    ]);
    expect(await asked()).toEqual([]);
  });

  test("two runs at once both succeed", async ({ expect }) => {
    const pulumi = await engine(OFFLINE);
    const runs = await Promise.all([install(pulumi), install(pulumi), install(pulumi)]);
    expect(new Set(runs.flat().map(({ source }) => source))).toEqual(new Set(["stand-in"]));
    for (const { name, version } of PINNED_PLUGINS) {
      expect(
        existsSync(
          join(pulumiHome, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`),
        ),
      ).toBe(true);
    }
    expect(
      (await readdir(join(pulumiHome, "plugins"))).filter((name) => name.startsWith(".")),
    ).toEqual([]);
  });
});
