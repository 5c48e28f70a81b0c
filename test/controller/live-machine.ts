/** A process Machine of a local cloud, as the controller sees it: through Fly's API. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { scratchFolder } from "../kit/scratch-folder.ts";
import { compile } from "../../compiler/compile.ts";
import { systemClock } from "../../lib/clock.ts";
import { createHostInspector } from "../../controller/sources/host-inspector.ts";
import type { HostInspector } from "../../controller/sources/host-inspector.ts";
import { purgeCloud, spawnCloud } from "../../local/index.ts";
import { convergeApp } from "../../providers/fly/app.ts";
import { anyResponse, createFly } from "../../providers/fly/api/client.ts";
import { observeHosts } from "../../providers/fly/observe-hosts.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import { observeProcesses } from "../../providers/fly/observe-processes.ts";
import type { ObservedProcess } from "../../providers/fly/observe-processes.ts";
import { localBackendMarker } from "../../providers/fly/api/target.ts";
import { regionOf } from "../kit/compiled.ts";
import { root } from "../../fixtures/project-root.ts";
import { sampleSpecs } from "../../fixtures/sample-specs.ts";
import { toolPath } from "../kit/tool-path.ts";
import { eventually } from "../kit/eventually.ts";

export interface LiveMachine {
  readonly host: ObservedHost;
  readonly inspector: HostInspector;
  /** What runs in it, by name. */
  readonly ask: () => Promise<Readonly<Record<string, ObservedProcess>>>;
  readonly run: (...command: string[]) => Promise<void>;
}

/**
 * iad-0 as a Machine of a local cloud with this service alone.
 *
 * @param programs texts by their name in `/flotilla/etc`
 */
export async function startMachine(
  service: string,
  programs: Readonly<Record<string, string>>,
): Promise<LiveMachine> {
  const dir = scratchFolder();
  onTestFinished(() => purgeCloud(dir));
  const info = await spawnCloud({
    dir,
    mode: "process",
    portBase: 0,
    edgeRegions: [],
    image: join(root, "image"),
    bin: {
      "process-compose": await toolPath("process-compose"),
      caddy: await toolPath("caddy"),
      "nats-server": await toolPath("nats-server"),
      pocketbase: await toolPath("pocketbase"),
    },
    untilStdinCloses: true,
  });
  await writeFile(join(dir, localBackendMarker), "");
  const fly = createFly({
    env: {
      FLY_FLAPS_BASE_URL: info.fly,
      FLY_API_TOKEN: info.tokens.fly,
      PULUMI_BACKEND_URL: `file://${dir}`,
    },
  });
  await convergeApp(fly, { name: "acme", organization: "personal", __provider: "text" });
  await fly.call({
    what: "make a Machine",
    method: "POST",
    path: "apps/acme/machines",
    json: machineOf(service, programs),
    response: anyResponse,
  });
  await eventually(async () => observeHosts(fly, "acme")).toMatchObject([{ state: "started" }]);
  const [host] = await observeHosts(fly, "acme");
  if (host === undefined) throw new Error("no Machine");
  return {
    host,
    inspector: createHostInspector(async (app, of) => observeProcesses(fly, app, of), systemClock),
    ask: async () =>
      Object.fromEntries(
        (await observeProcesses(fly, "acme", host)).map((each) => [each.name, each]),
      ),
    run: async (...command) => {
      const path = `apps/acme/machines/${host.id}/exec`;
      const json = { command, timeout: 30 };
      await fly.call({ what: "run", method: "POST", path, json, response: anyResponse });
    },
  };
}

function machineOf(service: string, programs: Readonly<Record<string, string>>): object {
  const fleet = sampleSpecs().filter(({ path }) => path.endsWith("fleet.yaml"));
  const files = [...fleet, { path: "specs/services/service.yaml", text: service }];
  const [host] = regionOf(compile(files, { stack: "iad" })).hosts;
  if (host === undefined) throw new Error("no host");
  const texts = [
    ...host.files.flatMap((file) => ("text" in file ? [[file.path, file.text] as const] : [])),
    ...Object.entries(programs).map(([name, text]) => [`/flotilla/etc/${name}`, text] as const),
  ];
  const written = texts.map(([path, text]) => ({
    guest_path: path,
    raw_value: Buffer.from(text).toString("base64"),
  }));
  return { name: host.name, region: host.region, config: { ...host.config, files: written } };
}
