import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { freePort } from "./address.ts";
import { startChild } from "../kit/child.ts";
import type { Child } from "../kit/child.ts";
import { imageFolder } from "./programs.ts";
import { until } from "../../fixtures/until.ts";

export const adminPassword = "test-admin-password";
export const workerPassword = "test-worker-password";

/** A real PocketBase with the image's migrations and hooks. Started again on the same folder, it keeps its data and port. */
export interface PocketBaseServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly start: (env?: Readonly<Record<string, string>>) => Promise<Child>;
}

export async function planPocketBase(
  program: string,
  folder: string,
  host: string,
  /** Names that `run` lets through to it. */
  keep = "POCKETBASE_ADMIN_PASSWORD,POCKETBASE_WORKER_PASSWORD",
): Promise<PocketBaseServer> {
  const port = await freePort(host);
  const url = `http://${host}:${port}`;
  const data = join(folder, "pb");
  await mkdir(data, { recursive: true });
  async function start(env: Readonly<Record<string, string>> = {}): Promise<Child> {
    const child = await startChild(
      join(imageFolder, "bin/run"),
      [
        keep,
        "--",
        program,
        "serve",
        `--http=${host}:${port}`,
        `--dir=${data}`,
        `--migrationsDir=${join(imageFolder, "pb_migrations")}`,
        `--hooksDir=${join(imageFolder, "pb_hooks")}`,
        `--publicDir=${join(folder, "none")}`,
        "--hooksWatch=false",
        "--automigrate=false",
        "--dev=false",
      ],
      {
        env: {
          PATH: "/usr/bin:/bin",
          HOME: folder,
          POCKETBASE_ADMIN_PASSWORD: adminPassword,
          POCKETBASE_WORKER_PASSWORD: workerPassword,
          ...env,
        },
      },
    );
    void child.ended.then((code) => (gone = code));
    let gone: number | string | undefined;
    await until("PocketBase answers", async () => {
      if (gone !== undefined) return true;
      return (await fetch(`${url}/api/health`)).ok;
    });
    if (gone !== undefined) throw new Error(`PocketBase ended with ${gone}:\n${child.output()}`);
    return child;
  }
  return { host, port, url, start };
}

/** A login's token, or undefined when it is refused. */
export async function logIn(
  url: string,
  collection: string,
  identity: string,
  password: string,
): Promise<string | undefined> {
  const response = await post(`${url}/api/collections/${collection}/auth-with-password`, {
    identity,
    password,
  });
  return response.ok ? ((await response.json()) as { token: string }).token : undefined;
}

export function post(url: string, body: unknown, token?: string): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: token }),
    },
    body: JSON.stringify(body),
  });
}

/** The results of a job as anybody can read them. */
export async function resultsOf(url: string, job: string): Promise<Record<string, string>[]> {
  const filter = encodeURIComponent(`job = "${job}"`);
  const response = await fetch(`${url}/api/collections/results/records?filter=${filter}`);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return ((await response.json()) as { items: Record<string, string>[] }).items;
}
