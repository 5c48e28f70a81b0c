/** Front door: config → specs → compile → component → stack outputs. The only impure door of the program. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { compile, formatDiagnostic } from "./compiler/compile.ts";
import { readGlobalOutputs } from "./components/global-outputs.ts";
import { messageOf } from "./lib/message-of.ts";
import { announceTarget, refuseMixedTargets } from "./components/run-target.ts";

const config = new pulumi.Config("flotilla");
const stack = config.get("region") || pulumi.getStack();
const folder = process.env["FLOTILLA_SPECS"] || config.get("specs") || "specs";
const signalsSource = process.env["FLOTILLA_SIGNALS"] || config.get("signals") || "none";

export default async function program(): Promise<Record<string, unknown>> {
  refuseMixedTargets();
  const global = stack === "global" ? undefined : await readGlobalOutputs();
  const signals = global ? await readSignals(signalsSource) : undefined;
  // The compiler gets the names of the secrets that are set; their values stay secret Outputs.
  const given = JSON.parse(pulumi.runtime.getConfig("flotilla:secrets") ?? "{}") as object;
  const secrets = global ? Object.keys(global.secretDigests) : Object.keys(given);
  const result = compile(readSpecs(), { stack, now: new Date().toISOString(), signals, secrets });
  if (!result.ok) throw new pulumi.RunError(result.diagnostics.map(formatDiagnostic).join("\n"));
  await announceTarget(result.desired.app);
  for (const warning of result.diagnostics) await pulumi.log.warn(formatDiagnostic(warning));

  const desired = result.desired;
  if (desired.kind === "global") {
    const { GlobalEdge } = await import("./components/global-edge.ts");
    const values = config.getSecretObject<Record<string, string>>("secrets") ?? {};
    const { appId, ipv6, secretsVersion, secretDigests } = new GlobalEdge("edge", {
      desired,
      secrets: values,
    });
    return { app: desired.app.name, appId, ipv6, secretsVersion, secretDigests };
  }
  if (!global) throw new Error(`stack ${stack} compiled to a region without stack global`);
  // Each stack loads its own component only: Cloudflare's SDK would slow down every run of a region.
  const { RegionStack } = await import("./components/region-stack.ts");
  const check = config.getBoolean("check") ?? true;
  const adopt = config.getBoolean("adopt") ?? false;
  const { hosts, versions } = new RegionStack(desired.region, { desired, global, check, adopt });
  return { hosts, versions, services: desired.services, deviations: desired.deviations };
}

function readSpecs(): { path: string; text: string }[] {
  const names = globSync("**/*.{yaml,yml}", { cwd: folder }).toSorted();
  const paths = names.map((name) => join(folder, name));
  return paths.map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

async function readSignals(source: string): Promise<unknown> {
  if (source === "none") return undefined;
  try {
    if (!/^https?:/.test(source)) return JSON.parse(readFileSync(source, "utf8"));
    const token = process.env["FLOTILLA_SIGNALS_TOKEN"] ?? "";
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(source, { headers, signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.json();
  } catch (cause) {
    const alternative = `To go on without bursts and metrics: FLOTILLA_SIGNALS=none pulumi up -s ${stack}`;
    throw new pulumi.RunError(
      `signals can't be read from ${source}: ${messageOf(cause)}. ${alternative}`,
    );
  }
}
