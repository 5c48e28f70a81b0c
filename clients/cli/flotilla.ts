#!/usr/bin/env node
/** The `flotilla` command. Each command loads what it needs when it runs, so that help costs nothing. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { FaultFlags } from "./commands/local-fault.ts";
import { addControllerCommands } from "./controller/commands.ts";
import { numeric } from "./command-line/options.ts";
import { exitCodeOf, formatFailure } from "./command-line/failure.ts";

const specs = (): Option => new Option("--specs <dir>", "folder of the specs").default("specs");
const state = (): Option =>
  new Option("--state <dir>", "folder of the local world's state (default: .flotilla/local)");
const json = (): Option => new Option("--json", "machine-readable output");

const program = new Command("flotilla")
  .description("One YAML spec, a flotilla of regional Process Compose stacks on Fly.io")
  .exitOverride()
  .addHelpText("after", "\nExit codes: 0 fine, 1 our bug, 2 your input, 3 a remote side failed");

program
  .command("validate")
  .description("all diagnostics of a spec folder; makes no call")
  .argument("[dir]", "folder of the specs")
  .addOption(specs())
  .addOption(json())
  .action(async (dir: string | undefined, options: { specs: string; json?: boolean }) => {
    const { runValidate } = await import("./commands/validate.ts");
    process.exitCode = runValidate(dir ?? options.specs, options.json ?? false);
  });

program
  .command("compile")
  .description("the desired JSON of one stack: `global` or a region")
  .argument("<stack>")
  .addOption(specs())
  .addOption(json())
  .action(async (stack: string, options: { specs: string; json?: boolean }) => {
    const { runCompile } = await import("./commands/compile.ts");
    process.exitCode = runCompile(options.specs, stack, options.json ?? false);
  });

program
  .command("plan")
  .description("what the specs do against those of a commit, per stack; makes no call")
  .option(
    "--against <ref>",
    "git ref to compare with (default: origin/main where there is one, else HEAD)",
  )
  .addOption(new Option("--markdown", "for a pull request's comment").conflicts("json"))
  .addOption(specs())
  .addOption(json())
  .action(async (options: PlanFlags) => {
    const { runPlan } = await import("./commands/plan.ts");
    process.exitCode = runPlan({
      specs: options.specs,
      against: options.against,
      format: options.json ? "json" : options.markdown ? "markdown" : "text",
    });
  });

interface PlanFlags {
  specs: string;
  against?: string;
  markdown?: true;
  json?: true;
}

program
  .command("regions")
  .description("the fleet's regions in the order a rollout takes them; --json for pipelines")
  .addOption(specs())
  .addOption(json())
  .action(async (options: { specs: string; json?: true }) => {
    const { runRegions } = await import("./commands/regions.ts");
    process.exitCode = runRegions(options.specs, options.json ?? false);
  });

program
  .command("init")
  .description("a commented starter spec, with its schema for editors; overwrites nothing")
  .argument("<dir>", "folder to create")
  .action(async (dir: string) => {
    const { runInit } = await import("./commands/init.ts");
    runInit(dir);
  });

const local = program.command("local").description("a cloud on this machine");

local
  .command("up")
  .description("start the local cloud and deploy the specs onto it with the real engine")
  .option("--once", "verify through the edge, stop everything, exit")
  .addOption(new Option("--detach", "leave it running and exit").conflicts("once"))
  .option("--simulated", "Machines are simulated: no processes")
  .option("--no-controller", "nothing repairs or scales by itself afterwards")
  .option("--port-base <port>", "first of the ports to listen on; 0 takes any free ones", port)
  .addOption(specs())
  .addOption(state())
  .action(async (options: UpFlags) => {
    const { runLocalUp } = await import("./commands/local-up.ts");
    await runLocalUp({
      specs: options.specs,
      once: options.once ?? false,
      detach: options.detach ?? false,
      simulated: options.simulated ?? false,
      controller: options.controller,
      ...(options.state === undefined ? {} : { state: options.state }),
      ...(options.portBase === undefined ? {} : { portBase: options.portBase }),
    });
  });

interface UpFlags {
  specs: string;
  state?: string;
  once?: true;
  detach?: true;
  simulated?: true;
  controller: boolean;
  portBase?: number;
}

local
  .command("down")
  .description("stop the local cloud")
  .option("--purge", "forget its state too: Machines, volumes, stacks, keys")
  .addOption(state())
  .action(async (options: { purge?: true; state?: string }) => {
    const { runLocalDown } = await import("./commands/local.ts");
    await runLocalDown(options.purge ?? false, options.state);
  });

local
  .command("status")
  .description("hosts, states, checks, endpoints")
  .addOption(json())
  .addOption(state())
  .action(async (options: { json?: true; state?: string }) => {
    const { runLocalStatus } = await import("./commands/local.ts");
    await runLocalStatus(options.json ?? false, options.state);
  });

local
  .command("env")
  .description('shell exports for plain `pulumi` and `flyctl`: eval "$(npx flotilla local env)"')
  .addOption(specs().default(undefined))
  .addOption(state())
  .action(async (options: { specs?: string; state?: string }) => {
    const { runLocalEnv } = await import("./commands/local.ts");
    await runLocalEnv(options.state, options.specs);
  });

local
  .command("publish")
  .description("publish a job with the operator's own key")
  .argument("<region>")
  .argument("<text>")
  .addOption(state())
  .action(async (region: string, text: string, options: { state?: string }) => {
    const { runLocalPublish } = await import("./commands/local.ts");
    await runLocalPublish(region, text, options.state);
  });

local
  .command("kill")
  .description("destroy a Machine behind Pulumi's back")
  .argument("<host>", "e.g. iad-0")
  .addOption(state())
  .action(async (host: string, options: { state?: string }) => {
    const { runLocalKill } = await import("./commands/local.ts");
    await runLocalKill(host, options.state);
  });

const fault = local
  .command("fault")
  .description("make the local cloud behave as Fly does on a bad day");

fault
  .command("add")
  .description("add a fault; `fault presets` names them")
  .argument("<fault>", "a preset, plan:SEED, or a rule as JSON")
  .option("--method <method>", "which calls, instead of the preset's own: POST, or POST,PUT")
  .option("--path <regex>", "which paths, instead of the preset's own")
  .option("--times <n>", "how often it strikes", numeric)
  .option("--skip <n>", "so many calls pass first", numeric)
  .option("--rate <share>", "share of the calls it strikes, 0 to 1", numeric)
  .option("--seed <n>", "of --rate", numeric)
  .option("--ms <n>", "how long its effect lasts", numeric)
  .addOption(state())
  .action(async (what: string, options: FaultFlags) => {
    const { runFaultAdd } = await import("./commands/local-fault.ts");
    await runFaultAdd(what, options);
  });

fault
  .command("list", { isDefault: true })
  .description("the faults and how often each struck")
  .addOption(json())
  .addOption(state())
  .action(async (options: { json?: true; state?: string }) => {
    const { runFaultList } = await import("./commands/local-fault.ts");
    await runFaultList(options.json ?? false, options.state);
  });

fault
  .command("clear")
  .description("remove one fault, or all")
  .argument("[id]", "e.g. fault-1")
  .addOption(state())
  .action(async (id: string | undefined, options: { state?: string }) => {
    const { runFaultClear } = await import("./commands/local-fault.ts");
    await runFaultClear(id, options.state);
  });

fault
  .command("presets")
  .description("the named faults")
  .action(async () => {
    const { runFaultPresets } = await import("./commands/local-fault.ts");
    await runFaultPresets();
  });

addControllerCommands(program);

const volumes = program
  .command("volumes")
  .description("volumes of an app; Pulumi keeps them when it destroys a host");

volumes
  .command("list")
  .description("name, region, size, state and the Machine each is attached to")
  .addOption(specs())
  .addOption(json())
  .action(async (options: { specs: string; json?: true }) => {
    const { runVolumesList } = await import("./commands/volumes.ts");
    await runVolumesList(options.specs, options.json ?? false);
  });

volumes
  .command("prune")
  .description("delete an unattached volume, by its name or id, with all its data")
  .argument("<volume>", "e.g. iad_0_data")
  .option("--yes", "don't ask")
  .addOption(specs())
  .action(async (volume: string, options: { specs: string; yes?: true }) => {
    const { runVolumesPrune } = await import("./commands/volumes.ts");
    await runVolumesPrune(options.specs, volume, options.yes ?? false);
  });

const toolchain = program
  .command("toolchain")
  .description("pulumi, process-compose, caddy, nats-server, pocketbase");

toolchain
  .command("list", { isDefault: true })
  .description("each tool: version, where it came from")
  .addOption(json())
  .action(async (options: { json?: true }) => {
    const { runToolchainList } = await import("./commands/toolchain.ts");
    await runToolchainList(options.json ?? false);
  });

toolchain
  .command("install")
  .description("build what is missing")
  .action(async () => {
    const { runToolchainInstall } = await import("./commands/toolchain.ts");
    await runToolchainInstall();
  });

function port(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 65_000) {
    throw new InvalidArgumentError("a port is a whole number from 0 to 65000");
  }
  return number;
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    console.error(formatFailure(error));
    process.exitCode = exitCodeOf(error);
  }
}
