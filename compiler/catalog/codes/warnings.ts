/** `W`: it works, but perhaps not as it was meant. The digit says the group as with errors. */
export const WARNING_CODES = {
  W201: {
    title: "Image without digest",
    why: "A tag can be moved: the same spec would then run something else, and a rollback would roll back nothing.",
  },
  W202: {
    title: "Hostname deeper than the edge certificate",
    why: "Cloudflare's free edge certificate covers the zone and one label before it; deeper names fail in the TLS handshake.",
  },
  W203: {
    title: "Whole region at once",
    why: "A change may take all hosts of a region down at the same time, and nobody there is served.",
  },
  W301: {
    title: "All replicas of a service share one host",
    why: "When that host restarts, all replicas are gone at once.",
  },
  W303: {
    title: "Work on hosts that go idle",
    why: "Fly stops a host for want of visitors, whatever else it is doing.",
  },
  W304: {
    title: "Scalable without room",
    why: "It may be scaled, but min and max leave no other count anywhere.",
  },
  W306: {
    title: "Start budget longer than the rollout waits",
    why: "The host is rolled back before the service has used its time.",
  },
  W307: {
    title: "spread over more hosts than there are",
    why: "A region spreads over the hosts it may have: the rest of the number says nothing.",
  },
  W401: {
    title: "Signal for nothing in the spec",
    why: "A burst that names nothing scalable has no effect.",
  },
  W402: {
    title: "Rendered files larger than Fly is known to take",
    why: "Files travel inside the Machine's configuration, whose size Fly limits.",
  },
} as const;
