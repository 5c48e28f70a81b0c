import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { createUser } from "@nats-io/nkeys";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";

import { freePort } from "./address.ts";
import { startChild } from "../kit/child.ts";
import type { Child } from "../kit/child.ts";
import { imageFolder } from "./programs.ts";
import { until } from "../../fixtures/until.ts";

export interface Nkey {
  readonly seed: string;
  readonly publicKey: string;
}

export function makeNkey(): Nkey {
  const key = createUser();
  return { seed: new TextDecoder().decode(key.getSeed()), publicKey: key.getPublicKey() };
}

/** The region's NATS as flotilla lays it out: a core with JetStream, and a host beside it that is only a leaf. */
export interface NatsRegion {
  readonly keys: { readonly app: Nkey; readonly operator: Nkey; readonly leaf: Nkey };
  readonly coreUrl: string;
  /** A server without JetStream: clients reach the core's through it. */
  readonly leafUrl: string;
  readonly startCore: () => Promise<Child>;
  readonly startLeaf: () => Promise<Child>;
  /** A connection as the user `operator`, straight to the core. */
  readonly connectOperator: () => Promise<NatsConnection>;
}

const keep = "NATS_APP_PUBLIC,NATS_LEAF_PUBLIC,NATS_OPERATOR_PUBLIC,NATS_LEAF_SEED";

export async function planNats(program: string, folder: string, host: string): Promise<NatsRegion> {
  const keys = { app: makeNkey(), operator: makeNkey(), leaf: makeNkey() };
  const [core, coreHttp, leafs, leaf, leafHttp] = await Promise.all(
    Array.from({ length: 5 }, () => freePort(host)),
  );
  const users =
    "users: [{nkey: $NATS_APP_PUBLIC}, {nkey: $NATS_LEAF_PUBLIC}, {nkey: $NATS_OPERATOR_PUBLIC}]";
  const store = join(folder, "jetstream");
  await mkdir(store, { recursive: true });
  await writeFile(
    join(folder, "core.conf"),
    `server_name: iad-0
listen: "${host}:${core}"
http: "${host}:${coreHttp}"
jetstream { store_dir: "${store}", domain: iad, max_memory_store: 16MB, max_file_store: 64MB }
leafnodes { listen: "${host}:${leafs}" }
accounts { APP: { jetstream: enabled, ${users} } }
`,
  );
  await writeFile(
    join(folder, "leaf.conf"),
    `server_name: iad-1
listen: "${host}:${leaf}"
http: "${host}:${leafHttp}"
default_js_domain: { APP: iad }
leafnodes { reconnect: 1, remotes: [ { urls: ["nats-leaf://${host}:${leafs}"], account: APP, nkey: $NATS_LEAF_SEED } ] }
accounts { APP: { ${users} } }
`,
  );
  async function start(config: string, http: number | undefined): Promise<Child> {
    const child = await startChild(
      join(imageFolder, "bin/run"),
      [keep, "--", program, "-c", join(folder, config)],
      {
        env: {
          PATH: "/usr/bin:/bin",
          NATS_APP_PUBLIC: keys.app.publicKey,
          NATS_LEAF_PUBLIC: keys.leaf.publicKey,
          NATS_OPERATOR_PUBLIC: keys.operator.publicKey,
          NATS_LEAF_SEED: keys.leaf.seed,
        },
      },
    );
    await until(`nats-server with ${config} is healthy`, async () => {
      return (await fetch(`http://${host}:${http}/healthz?js-server-only=true`)).ok;
    });
    return child;
  }
  return {
    keys,
    coreUrl: `nats://${host}:${core}`,
    leafUrl: `nats://${host}:${leaf}`,
    startCore: () => start("core.conf", coreHttp),
    startLeaf: () => start("leaf.conf", leafHttp),
    connectOperator: () =>
      connect({
        servers: `${host}:${core}`,
        authenticator: nkeyAuthenticator(new TextEncoder().encode(keys.operator.seed)),
        maxReconnectAttempts: -1,
      }),
  };
}
