/** Removes tokens from text that people, logs or states may see. */

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
