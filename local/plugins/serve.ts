/**
 * Serves resources and functions as a Pulumi provider plugin. Has what every stand-in needs: dispatch by type, secrets, and the
 * end of the process when its engine has ended.
 */
// Imports single modules, as the package's index also loads npm's tree builder, and the engine starts a plugin twice a run.
import * as log from "@pulumi/pulumi/log/index.js";
import { output } from "@pulumi/pulumi/output.js";
import { main, type Provider } from "@pulumi/pulumi/provider/index.js";
import type { Resource } from "@pulumi/pulumi/resource.js";
import { resetOptions } from "@pulumi/pulumi/runtime/settings.js";
import { type Props, toProps, unwrapSecrets, wrapSecrets } from "./wire-values.ts";

export interface PropertyFailure {
  readonly property: string;
  readonly reason: string;
}

/** Lets a resource report to the person at the terminal. */
export interface ResourceContext {
  readonly urn: string;
  info(message: string): void;
}

export interface ResourceDiff {
  readonly changes: boolean;
  /** Arguments whose change replaces the resource. */
  readonly replaces: readonly string[];
}

/** One resource type. All properties are plain values; `olds` are the last outputs. `check` and `diff` do no I/O. */
export interface ResourceKind {
  check(inputs: Props): readonly PropertyFailure[];
  diff(olds: Props, news: Props): ResourceDiff;
  create(
    inputs: Props,
    context: ResourceContext,
  ): Promise<{ readonly id: string; readonly outs: Props }>;
  /** Returns `undefined` when the resource doesn't exist any more. For an import `props` is empty, and `inputs` must be returned. */
  read(
    id: string,
    props: Props,
  ): Promise<{ readonly id: string; readonly props: Props; readonly inputs?: Props } | undefined>;
  update(id: string, olds: Props, news: Props, context: ResourceContext): Promise<Props>;
  delete(id: string, props: Props, context: ResourceContext): Promise<void>;
  /** Outputs to encrypt when any input is a secret. */
  readonly derivedOutputs: readonly string[];
}

export interface PluginDefinition {
  readonly name: string;
  readonly version: string;
  readonly resources: Readonly<Record<string, ResourceKind>>;
  readonly functions: Readonly<Record<string, (args: Props) => Promise<Props>>>;
}

/** Starts the plugin; doesn't return while the engine runs. @param argv the engine's arguments */
export async function servePlugin(
  plugin: PluginDefinition,
  argv: readonly string[],
): Promise<void> {
  exitWithParent();
  connectLog(argv);
  await main(providerOf(plugin), [...argv]);
}

/** Returns the object that Pulumi's server calls. Exported for tests, which then need no process and no gRPC. */
export function providerOf(plugin: PluginDefinition): Provider {
  return {
    version: plugin.version,
    schema: JSON.stringify({ name: plugin.name, version: plugin.version }),
    async check(urn, _olds: Props, news: Props) {
      const { plain } = unwrapSecrets(news);
      return { inputs: news, failures: [...kindOf(plugin, urn).check(plain)] };
    },
    async diff(_id, urn, olds: Props, news: Props) {
      const { changes, replaces } = kindOf(plugin, urn).diff(
        unwrapSecrets(olds).plain,
        unwrapSecrets(news).plain,
      );
      return { changes, replaces: [...replaces] };
    },
    async create(urn, inputs: Props) {
      const kind = kindOf(plugin, urn);
      const { plain, secret } = unwrapSecrets(inputs);
      const { id, outs } = await kind.create(plain, contextOf(urn));
      return { id, outs: encrypt(outs, secret, kind) };
    },
    async read(id, urn, props: Props = {}) {
      const kind = kindOf(plugin, urn);
      const { plain, secret } = unwrapSecrets(props);
      const live = await kind.read(id, plain);
      // An empty id tells the engine that the resource is gone.
      if (!live) return { id: "", props: {} };
      const inputs = live.inputs ? { inputs: wrapSecrets(toProps(live.inputs), secret) } : {};
      return { id: live.id, props: encrypt(live.props, secret, kind), ...inputs };
    },
    async update(id, urn, olds: Props, news: Props) {
      const kind = kindOf(plugin, urn);
      const { plain, secret } = unwrapSecrets(news);
      return {
        outs: encrypt(
          await kind.update(id, unwrapSecrets(olds).plain, plain, contextOf(urn)),
          secret,
          kind,
        ),
      };
    },
    async delete(id, urn, props: Props) {
      await kindOf(plugin, urn).delete(id, unwrapSecrets(props).plain, contextOf(urn));
    },
    async invoke(token, args: Props) {
      const run = plugin.functions[token];
      if (!run) throw new Error(unsupported(plugin, `function ${token}`));
      return { outputs: toProps(await run(unwrapSecrets(args).plain)) };
    },
  };
}

function kindOf(plugin: PluginDefinition, urn: string): ResourceKind {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? urn;
  const kind = plugin.resources[type];
  if (!kind) throw new Error(unsupported(plugin, `resource ${type}`));
  return kind;
}

function unsupported(plugin: PluginDefinition, what: string): string {
  return (
    `the stand-in for the Pulumi plugin ${plugin.name} doesn't have ${what}; it has only what flotilla uses. ` +
    `Install the official plugin: pulumi plugin install resource ${plugin.name} v${plugin.version}`
  );
}

function encrypt(outs: Props, secretInputs: ReadonlySet<string>, kind: ResourceKind): Props {
  const derived = secretInputs.size > 0 ? kind.derivedOutputs : [];
  return wrapSecrets(toProps(outs), new Set([...secretInputs, ...derived]));
}

function contextOf(urn: string): ResourceContext {
  const subject = { urn: output(urn) } as unknown as Resource;
  return { urn, info: (message) => void log.info(message, subject) };
}

/** Pulumi's logger reads the engine's address from these settings, which the server fills in only for components. */
function connectLog(argv: readonly string[]): void {
  const address = argv.find((arg) => /^[^-].*:\d+$/.test(arg));
  if (address) resetOptions("", "", -1, address, "", false, "");
}

/** Exits when the parent process changes: a plugin whose engine was killed would otherwise run on. */
function exitWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 1000).unref();
}
