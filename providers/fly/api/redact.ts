/** Takes tokens out of text that people, logs or state may see. */

const tokenPatterns = [
  /\b(?:bearer|flyv1)\s+[^\s"',;]+(?:,[^\s"',;]+)*/gi,
  /\bfm(?:1r|1a|2)_[\w+/=.-]+/g,
  /\bflotilla-local-[\w-]+/g,
];

/** `text` with every Fly token replaced by `[redacted]`: those of `env`, and anything that looks like one. */
export function redact(
  text: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  let out = text;
  const known = [env["FLY_API_TOKEN"], env["CLOUDFLARE_API_TOKEN"]];
  for (const token of known) {
    // A one-letter token would blank out prose.
    if (token !== undefined && token.length >= 8) out = out.replaceAll(token, "[redacted]");
  }
  for (const pattern of tokenPatterns) out = out.replace(pattern, "[redacted]");
  return out;
}
