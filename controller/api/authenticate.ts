import { bearerOf, hashToken } from "../access/tokens.ts";
import { allows } from "../model/token.ts";
import type { Role, Token } from "../model/token.ts";
import type { Store } from "../store/store.ts";
import { ProblemError } from "./problem.ts";

/** Returns the token of the header. Throws the same problem for a missing, a forged and a revoked token. */
export async function authenticate(store: Store, header: string | undefined): Promise<Token> {
  const secret = bearerOf(header);
  const token = secret === undefined ? undefined : await store.tokenOf(hashToken(secret));
  if (token === undefined || token.revoked_at !== undefined)
    throw new ProblemError(
      "unauthenticated",
      "send a valid token: `Authorization: Bearer …`. `flotilla controller token create` makes one",
      { headers: { "www-authenticate": "Bearer" } },
    );
  return token;
}

/** Throws a problem if the token's role is below the one that is needed. */
export function assertAllowed({ name, role }: Token, needs: Role): void {
  if (allows(role, needs)) return;
  throw new ProblemError(
    "forbidden",
    `this needs role ${needs}, and the token of ${name} has ${role}`,
  );
}
