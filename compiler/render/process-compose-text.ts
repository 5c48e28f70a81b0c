/** envsubst reads the whole file before it is parsed. */
export function escapeDollar(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** Environment, folders and probes are Go templates besides; arguments of `entrypoint` aren't. */
export function escapeText(text: string): string {
  return escapeDollar(text).replaceAll("{{", '{{ "{{" }}');
}
