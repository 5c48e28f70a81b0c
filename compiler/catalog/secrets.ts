/** Names of the app secrets that stack `global` makes. */

/** Certificate and key that web servers read as files. */
export const TLS_SECRETS = ["ORIGIN_CERT", "ORIGIN_KEY"] as const;

/** Users of NATS whose nkeys `global` makes. */
export const NATS_USERS = ["app", "leaf", "operator", "sys"] as const;

/** Public keys of the users, which every NATS server reads. */
export const NATS_PUBLIC_KEYS = [
  "NATS_APP_PUBLIC",
  "NATS_LEAF_PUBLIC",
  "NATS_OPERATOR_PUBLIC",
  "NATS_SYS_PUBLIC",
] as const;

/** Login of processes. */
export const NATS_APP_SEED = "NATS_APP_SEED";

/** Login of a server that links to other servers. */
export const NATS_LEAF_SEED = "NATS_LEAF_SEED";

export const POCKETBASE_PASSWORDS = [
  "POCKETBASE_ADMIN_PASSWORD",
  "POCKETBASE_WORKER_PASSWORD",
] as const;
