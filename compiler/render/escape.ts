/** Doubles dollars: Process Compose passes the whole file through envsubst before it is parsed. */
export function escapeDollar(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** Escapes Go templates too, as which Process Compose reads environment, folders and probes, but not `entrypoint`. */
export function escapeText(text: string): string {
  return escapeDollar(text).replaceAll("{{", '{{ "{{" }}');
}
