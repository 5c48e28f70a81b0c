/**
 * Returns the Authorization header for a Fly token: `FlyV1` for macaroons, `Bearer` for any other token. A scheme that
 * the token already has is removed first, since Fly answers two schemes with 401 "malformed authorization header".
 * Source: fly-go, tokens/tokens.go.
 */
export function renderAuthorization(token: string): string {
  const bare = token.trim().replace(/^(?:(?:bearer|flyv1)\s+)+/i, "");
  const isMacaroon = bare.split(",").some((part) => /^(?:fm1r|fm1a|fm2)_/.test(part.trim()));
  return `${isMacaroon ? "FlyV1" : "Bearer"} ${bare}`;
}
