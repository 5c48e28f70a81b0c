import { oncePer } from "../plan/memoize-by-identity.ts";
import type { ProcessPlan } from "../model/plan.ts";
import { secretsNamedBy } from "../language/service-secrets.ts";
import { serviceOfType } from "../model/spec.ts";
import type { Spec, TlsSpec } from "../model/spec.ts";

/** Read by Caddy as files. */
const TLS_SECRETS = ["ORIGIN_CERT", "ORIGIN_KEY"] as const;

const NATS_PUBLIC = [
  "NATS_APP_PUBLIC",
  "NATS_LEAF_PUBLIC",
  "NATS_OPERATOR_PUBLIC",
  "NATS_SYS_PUBLIC",
] as const;

/** Login of a server that links to other servers. */
const NATS_LEAF_SEED = "NATS_LEAF_SEED";

/** Users of NATS whose nkeys `global` makes. */
export const NKEYS = ["app", "leaf", "operator", "sys"] as const;

export const PASSWORDS = ["POCKETBASE_ADMIN_PASSWORD", "POCKETBASE_WORKER_PASSWORD"] as const;

/** App secrets that `global` makes itself. */
export function madeSecrets(spec: Spec): ReadonlySet<string> {
  return new Set([
    ...(spec.fleet.tls.mode === "origin-cert" ? TLS_SECRETS : []),
    ...(serviceOfType(spec, "nats") === undefined
      ? []
      : [...NATS_PUBLIC, "NATS_APP_SEED", NATS_LEAF_SEED]),
    ...(serviceOfType(spec, "pocketbase") === undefined ? [] : PASSWORDS),
  ]);
}

/** App secrets that reach a process through its environment, sorted. */
export function processSecrets(process: ProcessPlan): string[] {
  if ("role" in process)
    return process.remotes.length > 0 ? [...NATS_PUBLIC, NATS_LEAF_SEED].sort() : [...NATS_PUBLIC];
  const named = secretsNamedBy(process.service).map(({ name }) => name);
  const made = process.service.type === "pocketbase" ? PASSWORDS : [];
  return [...new Set([...made, ...named])].sort();
}

/** App secrets a host with these processes reads, as files or environment, sorted. */
export function hostSecrets(
  { mode }: TlsSpec,
  processes: readonly ProcessPlan[],
): readonly string[] {
  return mode === "origin-cert" ? withCertificate(processes) : withoutCertificate(processes);
}

const withoutCertificate = oncePer((processes: readonly ProcessPlan[]): readonly string[] =>
  [...new Set(processes.flatMap(processSecrets))].sort(),
);

const withCertificate = oncePer((processes: readonly ProcessPlan[]): readonly string[] => {
  const files = processes.some(({ service }) => service.type === "caddy") ? TLS_SECRETS : [];
  return [...new Set([...files, ...processes.flatMap(processSecrets)])].sort();
});
