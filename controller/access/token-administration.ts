/** Tokens and backups, for commands that work on the state folder while a controller may be running. Writes are audited. */
import { instantOf } from "../model/shapes.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Role, Token } from "../model/token.ts";
import { backupStore } from "../store/backup.ts";
import { STORE_FILE, openSqlite } from "../store/sqlite-store.ts";
import type { Store } from "../store/store.ts";
import { createToken } from "./tokens.ts";

/** The token or the state folder doesn't exist. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  readonly exitCode = 2;
}

export type ShownToken = Omit<Token, "hash">;

/** Returns the secret of the new token: it is stored nowhere. */
export async function makeToken(stateDir: string, name: string, role: Role): Promise<string> {
  return withStore(stateDir, async (store) => {
    const now = Date.now();
    const { secret, token } = createToken(name, role, now);
    await commitToken(store, "token.create", token, now);
    return secret;
  });
}

export async function listTokens(stateDir: string): Promise<readonly ShownToken[]> {
  return withStore(stateDir, async (store) => (await store.tokens()).map(withoutHash));
}

/**
 * Revokes a token: no request with it succeeds from now on.
 *
 * @throws {TokenError} when no token has that id
 */
export async function revokeToken(stateDir: string, id: string): Promise<ShownToken> {
  return withStore(stateDir, async (store) => {
    const tokens = await store.tokens();
    const token = tokens.find((each) => each.id === id);
    if (token === undefined) {
      const known = tokens.map((each) => `${each.id} (${each.name})`).join(", ");
      throw new TokenError(`there is no token ${id}; known tokens: ${known || "none"}`);
    }
    if (token.revoked_at !== undefined) return withoutHash(token);
    const now = Date.now();
    const revoked = { ...token, revoked_at: instantOf(now) };
    await commitToken(store, "token.revoke", revoked, now);
    return withoutHash(revoked);
  });
}

export async function backupController(stateDir: string, target: string): Promise<void> {
  await backupStore(join(stateDir, STORE_FILE), target);
}

async function commitToken(store: Store, action: string, token: Token, now: number): Promise<void> {
  await store.commit([
    { put: "token", token },
    {
      add: "audit",
      entry: {
        at: instantOf(now),
        actor: "command",
        action,
        target: token.id,
        after: withoutHash(token),
        result: "done",
        request: `${action}-${token.id}`,
      },
    },
  ]);
}

function withoutHash(token: Token): ShownToken {
  const { hash: _, ...shown } = token;
  return shown;
}

async function withStore<T>(stateDir: string, work: (store: Store) => Promise<T>): Promise<T> {
  const file = join(stateDir, STORE_FILE);
  if (!existsSync(file))
    throw new TokenError(
      `no controller has run on ${stateDir}: start one with \`flotilla controller serve\`, or name its folder with --state`,
    );
  const store = openSqlite(file);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}
