import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { instantOf } from "../model/shapes.ts";
import type { Store } from "../store/store.ts";
import { createToken } from "./tokens.ts";

/** Name of the file with the first admin token. */
export const ADMIN_TOKEN_FILE = "admin-token";

/**
 * Makes an admin token if the store has none that is valid, and writes it to a file: the only place that shows it.
 *
 * @param now milliseconds since 1970
 * @returns the file, or undefined if there is an admin already
 */
export async function ensureAdminToken(
  store: Store,
  stateDir: string,
  now: number,
): Promise<string | undefined> {
  const tokens = await store.tokens();
  if (tokens.some(({ role, revoked_at: revoked }) => role === "admin" && revoked === undefined))
    return undefined;
  const file = join(stateDir, ADMIN_TOKEN_FILE);
  const { secret, token } = createToken("admin", "admin", now);
  await rm(file, { force: true });
  await writeFile(file, `${secret}\n`, { mode: 0o600, flag: "wx" });
  const { hash: _, ...shown } = token;
  await store.commit([
    { put: "token", token },
    {
      add: "audit",
      entry: {
        at: instantOf(now),
        actor: "controller",
        action: "token.create",
        target: token.id,
        reason: "first start",
        after: shown,
        result: "done",
        request: token.id,
      },
    },
  ]);
  return file;
}
