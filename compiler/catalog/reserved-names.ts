/** Names the host itself sets or reads; a spec that set them would break what reads them. */
export const RESERVED_PREFIXES = ["FLOTILLA_", "FLY_", "PC_", "ACTIVE_", "DISABLED_", "PORT_"];
export const RESERVED_NAMES = [
  "PORT",
  "PATH",
  "HOME",
  "BIND_ADDRESS",
  "NATS_URL",
  "POCKETBASE_URL",
  "POCKETBASE_BACKUP",
];

/** Secrets of Caddy and of the links between NATS servers. */
export const PLATFORM_SECRETS = ["ORIGIN_CERT", "ORIGIN_KEY", "NATS_LEAF_SEED"];

/** One hop's own business: Caddy and the connection decide them. Source: RFC 9110, section 7.6.1 */
export const HOP_HEADERS = [
  "connection",
  "content-length",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Told to services by our own Caddies, hop by hop. */
export const OWN_REQUEST_HEADERS = [
  "host",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
];
