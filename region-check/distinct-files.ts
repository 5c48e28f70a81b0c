import type { CheckInput, Checker } from "./check-input.ts";

/** One file to check, once for all hosts that have it with the same text. */
export interface DistinctFile {
  /** Guest path. */
  readonly path: string;
  readonly text: string;
  readonly checker: Checker;
  /** Hosts that have the file with this text, sorted; during the check the first one's other files lie beside it. */
  readonly hosts: readonly [string, ...string[]];
}

/** Returns the files that a program reads, each text of a path once, sorted by path and first host. */
export function distinctFiles({ hosts, checkers }: CheckInput): DistinctFile[] {
  const files = new Map<string, DistinctFile & { readonly hosts: [string, ...string[]] }>();
  for (const [host, texts] of byName(hosts)) {
    for (const [path, text] of Object.entries(texts)) {
      const checker = checkers[path];
      if (checker === undefined) continue;
      const key = `${path}\0${text}`;
      const known = files.get(key);
      if (known === undefined) files.set(key, { path, text, checker, hosts: [host] });
      else known.hosts.push(host);
    }
  }
  return [...files.values()].toSorted((a, b) => a.path.localeCompare(b.path, "en"));
}

function byName<Value>(record: Readonly<Record<string, Value>>): [string, Value][] {
  return Object.entries(record).toSorted(([a], [b]) => a.localeCompare(b, "en"));
}
