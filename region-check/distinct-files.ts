import { posix } from "node:path";
import type { CheckInput } from "./check-input.ts";

export type Checker = "process-compose" | "caddy" | "nats";

/** One file to check, once for all hosts that have it with the same text. */
export interface Job {
  readonly checker: Checker;
  /** Guest path. */
  readonly path: string;
  readonly text: string;
  /** Hosts that have this very file, sorted; the first one's other files stand beside it during the check. */
  readonly hosts: readonly string[];
}

const checkers: Readonly<Record<string, Checker>> = {
  "process-compose.yaml": "process-compose",
  "caddy.json": "caddy",
  "nats.conf": "nats",
};

/** The files that one of our programs reads, each distinct one once, sorted by path and host. */
export function planJobs(input: CheckInput): Job[] {
  const jobs = new Map<string, Job & { readonly hosts: string[] }>();
  for (const host of Object.keys(input.hosts).toSorted()) {
    for (const [path, text] of Object.entries(input.hosts[host] ?? {})) {
      const checker = checkers[posix.basename(path)];
      if (checker === undefined) continue;
      const key = `${path}\0${text}`;
      const known = jobs.get(key);
      if (known === undefined) jobs.set(key, { checker, path, text, hosts: [host] });
      else known.hosts.push(host);
    }
  }
  return [...jobs.values()].toSorted((a, b) => order(a).localeCompare(order(b), "en"));
}

function order(job: Job): string {
  return `${job.path} ${job.hosts[0] ?? ""}`;
}
