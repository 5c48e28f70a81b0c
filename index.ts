/** Front door: config → specs → compile → component → stack outputs. The only impure door of the program. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { compile, formatDiagnostic } from "./compiler/compile.ts";
import { GlobalEdge } from "./components/global-edge.ts";
import { readGlobalOutputs } from "./components/global-outputs.ts";
import { RegionStack } from "./components/region-stack.ts";
import { announceTarget, refuseMixedWorlds } from "./components/target.ts";

const config = new pulumi.Config("flotilla");
const stack = config.get("region") || pulumi.getStack();
const folder = process.env["FLOTILLA_SPECS"] || config.get("specs") || "specs";

export default async function program(): Promise<Record<string, unknown>> {
  refuseMixedWorlds();
  const global = stack === "global" ? undefined : await readGlobalOutputs();
  const signals = global ? await readSignals(config.get("signals") || "none") : undefined;
  // The compiler wants to know which secrets are set, by name; their values stay secret Outputs.
  const given = JSON.parse(pulumi.runtime.getConfig("flotilla:secrets") ?? "{}") as object;
  const secrets = global ? Object.keys(global.secretDigests) : Object.keys(given);
  const now = new Date().toISOString();
  const result = compile(readSpecs(), { stack, now, signals, secrets });
  if (!result.ok) throw new pulumi.RunError(result.diagnostics.map(formatDiagnostic).join("\n"));
  await announceTarget(result.desired.app);
  for (const warning of result.diagnostics) await pulumi.log.warn(formatDiagnostic(warning));

  const { desired } = result;
  if (desired.kind === "global") {
    const edge = new GlobalEdge("edge", {
      desired,
      secrets: config.getSecretObject("secrets") ?? {},
    });
    const { appId, ipv6, secretsVersion, secretDigests } = edge;
    return { app: desired.app.name, appId, ipv6, secretsVersion, secretDigests };
  }
  if (!global)
    throw new pulumi.RunError("stack `global` must not set `flotilla:region` to a region");
  const check = config.getBoolean("check") ?? true;
  const region = new RegionStack(desired.region, { desired, global, check });
  return { hosts: region.hosts, services: desired.services, deviations: desired.deviations };
}

function readSpecs(): { path: string; text: string }[] {
  const paths = globSync("**/*.{yaml,yml}", { cwd: folder }).toSorted();
  return paths.map((path) => ({
    path: join(folder, path),
    text: readFileSync(join(folder, path), "utf8"),
  }));
}

async function readSignals(source: string): Promise<unknown> {
  if (source === "none") return undefined;
  try {
    if (!/^https?:/.test(source)) return JSON.parse(readFileSync(source, "utf8"));
    const token = process.env["FLOTILLA_SIGNALS_TOKEN"] ?? "";
    const answer = await fetch(source, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return await answer.json();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new pulumi.RunError(
      `signals can't be read from ${source}: ${why}. To go on without bursts and metrics: pulumi up -c flotilla:signals=none`,
    );
  }
}
