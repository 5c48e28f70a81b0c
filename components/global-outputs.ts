/** Reads what stack `global` of the same backend hands to the regions. */
import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../lib/message-of.ts";

export interface GlobalOutputs {
  readonly app: string;
  readonly appId: string;
  readonly secretsVersion: number;
  readonly secretDigests: Readonly<Record<string, string>>;
}

/**
 * @throws {pulumi.RunError} one sentence with the command to run, when `global` has not run yet. A StackReference
 * would end the program before any catch; this invoke doesn't.
 */
export async function readGlobalOutputs(): Promise<GlobalOutputs> {
  const stack = `${pulumi.getOrganization()}/${pulumi.getProject()}/global`;
  let outputs: Partial<GlobalOutputs>;
  try {
    const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {
      name: stack,
    })) as { outputs?: Partial<GlobalOutputs> };
    outputs = answer.outputs ?? {};
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
