/** Paths inside a host. All lie under `/flotilla`, so that a cloud without containers can move them. */
export const GUEST_PATHS = {
  bin: "/flotilla/bin",
  run: "/flotilla/bin/run",
  caddy: "/flotilla/etc/caddy.json",
  nats: "/flotilla/etc/nats.conf",
  processCompose: "/flotilla/etc/process-compose.yaml",
  certificate: "/flotilla/etc/tls/origin.pem",
  privateKey: "/flotilla/etc/tls/origin.key",
  pocketbaseData: "/flotilla/data/pb",
  natsData: "/flotilla/data/nats",
  caddyData: "/flotilla/data/caddy",
} as const;
