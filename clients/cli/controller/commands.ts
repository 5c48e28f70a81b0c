/** The commands of the controller, and those that talk to one. */
import { Argument, Option } from "commander";
import type { Command } from "commander";
import type { ServeFlags } from "../commands/controller.ts";
import type { PauseFlags } from "../commands/pause.ts";
import type { ReconcileFlags } from "../commands/reconcile.ts";
import type { BurstFlags } from "../commands/scale.ts";
import { numeric } from "../command-line/options.ts";
import type { ControllerFlags } from "../controller-api/client.ts";

const json = (): Option => new Option("--json", "machine-readable output");
const controllerState = (): Option =>
  new Option("--state <dir>", "the controller's state folder (default: .flotilla/controller)");

export function addControllerCommands(program: Command): void {
  const controller = program
    .command("controller")
    .description("the service that keeps what runs at what should run");

  controller
    .command("serve")
    .description("run the controller; tokens and backend come from the environment")
    .option("--listen <address>", "where it answers", "127.0.0.1:4400")
    .addOption(new Option("--specs <dir>", "a plain folder of specs (default: specs)"))
    .option("--remote <url>", "git remote with the specs, instead of a folder")
    .option("--branch <name>", "branch of the remote", "main")
    .option("--path <dir>", "folder of the specs in the remote", "specs")
    .option("--tls-cert <file>", "certificate, needed for more than this machine")
    .option("--tls-key <file>", "its key")
    .option("--drift-interval <seconds>", "how often the hosts are listed (default: 30)", numeric)
    .addOption(controllerState())
    .action(async (options: ServeFlags) => {
      const { runControllerServe } = await import("../commands/controller.ts");
      await runControllerServe(options);
    });

  controller
    .command("backup")
    .description("copy the store, also while the controller runs")
    .argument("<file>", "a file that isn't there yet")
    .addOption(controllerState())
    .action(async (file: string, options: { state?: string }) => {
      const { runControllerBackup } = await import("../commands/controller.ts");
      await runControllerBackup(file, options.state);
    });

  const token = controller.command("token").description("who may talk to the controller");

  token
    .command("create")
    .description("make a token; it is shown once")
    .argument("<name>", "who holds it: the author of what is done with it")
    .addOption(
      new Option("--role <role>", "what it may do")
        .choices(["viewer", "operator", "admin"])
        .default("viewer"),
    )
    .addOption(controllerState())
    .action(
      async (name: string, options: { role: "viewer" | "operator" | "admin"; state?: string }) => {
        const { runTokenCreate } = await import("../commands/controller.ts");
        await runTokenCreate(name, options.role, options.state);
      },
    );

  token
    .command("list", { isDefault: true })
    .description("tokens, without their secrets")
    .addOption(json())
    .addOption(controllerState())
    .action(async (options: { json?: true; state?: string }) => {
      const { runTokenList } = await import("../commands/controller.ts");
      await runTokenList(options.json ?? false, options.state);
    });

  token
    .command("revoke")
    .description("a token holds no more from now on")
    .argument("<id>")
    .addOption(controllerState())
    .action(async (id: string, options: { state?: string }) => {
      const { runTokenRevoke } = await import("../commands/controller.ts");
      await runTokenRevoke(id, options.state);
    });

  const scale = program
    .command("scale")
    .description("how many run: show it, change it for good, or for a time");

  toController(scale.command("show", { isDefault: true }))
    .description("what holds and why; with --file, how a file of the specs differs from it")
    .option("--file <file>")
    .addOption(json())
    .action(async (options: ControllerFlags & { file?: string; json?: true }) => {
      const { runScaleShow } = await import("../commands/scale.ts");
      await runScaleShow(options);
    });

  toController(scale.command("set"))
    .description("change a service for good: a commit to the specs")
    .requiredOption("--file <file>", "the service's whole document")
    .option("--reason <text>", "becomes the commit's subject", "scale set")
    .option("--dry-run", "show what it does and store nothing")
    .addOption(json())
    .action(
      async (
        options: ControllerFlags & { file: string; reason: string; dryRun?: true; json?: true },
      ) => {
        const { runScaleSet } = await import("../commands/scale.ts");
        await runScaleSet(options);
      },
    );

  toController(scale.command("burst"))
    .description("more of a service in one region for a time, inside its bounds")
    .argument("<service>")
    .requiredOption("--region <region>")
    .requiredOption("--to <count>", "replicas", numeric)
    .addOption(new Option("--for <duration>", "e.g. 30m").conflicts("until"))
    .option("--until <time>", "RFC 3339")
    .option("--reason <text>", "shown as long as it lasts", "by hand")
    .addOption(json())
    .action(async (service: string, options: BurstFlags) => {
      const { runScaleBurst } = await import("../commands/scale.ts");
      await runScaleBurst(service, options);
    });

  toController(scale.command("end"))
    .description("end a burst now")
    .argument("<id>")
    .action(async (id: string, options: ControllerFlags) => {
      const { runScaleEnd } = await import("../commands/scale.ts");
      await runScaleEnd(id, options);
    });

  toController(program.command("status"))
    .description("what should run, what does, and why they differ")
    .option("--watch", "until Ctrl-C")
    .addOption(json())
    .action(async (options: ControllerFlags & { watch?: true; json?: true }) => {
      const { runStatus } = await import("../commands/status.ts");
      await runStatus(options);
    });

  const pause = program.command("pause").description("hold the controller's hand for a time");

  toController(pause.command("start"))
    .description("from now on, in the fleet, a region or a service")
    .addArgument(new Argument("<what>").choices(["autoscale", "repair", "all"]))
    .option("--region <region>")
    .option("--service <service>")
    .addOption(new Option("--for <duration>", "e.g. 30m").conflicts("until"))
    .option("--until <time>", "RFC 3339")
    .requiredOption("--reason <text>", "shown as long as it lasts")
    .action(async (what: "autoscale" | "repair" | "all", options: PauseFlags) => {
      const { runPauseStart } = await import("../commands/pause.ts");
      await runPauseStart(what, options);
    });

  toController(pause.command("end"))
    .description("end a pause now")
    .argument("<id>")
    .action(async (id: string, options: ControllerFlags) => {
      const { runPauseEnd } = await import("../commands/pause.ts");
      await runPauseEnd(id, options);
    });

  toController(program.command("reconcile"))
    .description("look at the specs' branch now, and run every stack from it")
    .option("--commit <hash>", "which must be on the branch")
    .option("--allow-older", "the branch went to an older or another line on purpose")
    .option("--reason <text>", "why", "by hand")
    .option("--wait", "until every stack's run has succeeded; fails when one can't")
    .action(async (options: ReconcileFlags) => {
      const { runReconcile } = await import("../commands/reconcile.ts");
      await runReconcile(options);
    });
}

/** Adds what every command that talks to a controller takes. */
function toController(command: Command): Command {
  return command
    .option(
      "--controller <url>",
      "where it answers (default: FLOTILLA_CONTROLLER, else http://127.0.0.1:4400)",
    )
    .option("--token-file <file>", "file with the token (default: FLOTILLA_TOKEN itself)");
}
