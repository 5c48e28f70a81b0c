/** Fly tokens: the header they are sent in, and their removal from text that people, logs or states may see. */

const tokenPatterns = [
  /\b(?:bearer|flyv1)\s+[^\s"',;]+(?:,[^\s"',;]+)*/gi,
  /\bfm(?:1r|1a|2)_[\w+/=.-]+/g,
  /\bflotilla-local-[\w-]+/g,
];

/** Returns `text` with `[redacted]` in place of the tokens of `env` and of anything that looks like a Fly token. */
export function redact(
  text: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  let out = text;
  const known = [env["FLY_API_TOKEN"], env["CLOUDFLARE_API_TOKEN"]];
  for (const token of known) {
    // A very short token would match parts of ordinary words.
    if (token !== undefined && token.length >= 8) out = out.replaceAll(token, "[redacted]");
  }
  for (const pattern of tokenPatterns) out = out.replace(pattern, "[redacted]");
  return out;
}

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
