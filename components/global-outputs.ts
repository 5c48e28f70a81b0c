/** Reads the outputs of stack `global` in the same backend, which regional stacks need. */
import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../lib/message-of.ts";

export interface GlobalOutputs {
  readonly app: string;
  readonly appId: string;
  readonly secretsVersion: number;
  readonly secretDigests: Readonly<Record<string, string>>;
}

/**
 * Returns the outputs of stack `global`. It uses an invoke, since a StackReference to a missing stack ends the program
 * before any catch.
 *
 * @throws {pulumi.RunError} one sentence with the command to run, when `global` hasn't been deployed
 */
export async function readGlobalOutputs(): Promise<GlobalOutputs> {
  const stack = `${pulumi.getOrganization()}/${pulumi.getProject()}/global`;
  let outputs: Partial<GlobalOutputs>;
  try {
    const result = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {
      name: stack,
    })) as { outputs?: Partial<GlobalOutputs> };
    outputs = result.outputs ?? {};
  } catch (cause) {
    const detail = messageOf(cause);
    if (!/unknown stack|not found|no stack/i.test(detail)) throw cause;
    outputs = {};
  }
  const { app, appId, secretsVersion, secretDigests } = outputs;
  if (!app || !appId || secretsVersion === undefined || !secretDigests) {
    throw new pulumi.RunError(
      `stack \`global\` has not been deployed in this backend, and this region needs its app and secrets: run \`pulumi up -s global\` first`,
    );
  }
  return { app, appId, secretsVersion, secretDigests };
}
