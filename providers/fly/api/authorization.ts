/**
 * The Authorization header for a Fly token. Macaroons go out as `FlyV1`, anything else as `Bearer`; a scheme the
 * variable already carries is taken off first, since two of them answer 401 "malformed authorization header".
 * Source: fly-go, tokens/tokens.go.
 */
export function renderAuthorization(token: string): string {
  const bare = token.trim().replace(/^(?:(?:bearer|flyv1)\s+)+/i, "");
  const isMacaroon = bare.split(",").some((part) => /^(?:fm1r|fm1a|fm2)_/.test(part.trim()));
  return `${isMacaroon ? "FlyV1" : "Bearer"} ${bare}`;
}
