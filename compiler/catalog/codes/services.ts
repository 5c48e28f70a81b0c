/** `E3`: services, each by itself and with each other. Codes that only one type gives are in its folder. */
export const SERVICE_CODES = {
  E301: {
    title: "Service name taken",
    why: "The name is the service's identity: its processes, addresses and environment variables carry it.",
  },
  E302: {
    title: "More than one service of a type that may be there once",
    why: "Caddy, NATS and PocketBase listen on fixed ports, so a host can run one of each.",
  },
  E303: {
    title: "Service in a region the fleet doesn't have",
    why: "Only regions under the Fleet's `regions` have hosts.",
  },
  E304: {
    title: "Replicas outside min and max",
    why: "Nothing ever runs outside the bounds, the spec's own count included.",
  },
  E305: {
    title: "min above max",
    why: "No count could satisfy both bounds.",
  },
  E306: {
    title: "Type that can't have that scale strategy",
    why: "Two processes of the same server on one host would want the same ports and the same data directory.",
  },
  E311: {
    title: "Data host that could be scaled away",
    why: "Data never moves by itself, so a replica that holds data must never be scaled away.",
  },
  E315: {
    title: "Reserved name",
    why: "The host sets this variable itself; another value would break the process or its neighbours.",
  },
  E316: {
    title: "Bad environment or secret name",
    why: "Process Compose and Fly take letters, digits and underscores, and no digit first.",
  },
  E320: {
    title: "Unknown port name",
    why: "Ports are named by the service that has them, and every slot gets a number of its own.",
  },
  E324: {
    title: "autoscale on a service that isn't scalable",
    why: "A service that isn't scalable is only changed by the spec, so the recommendation would be thrown away.",
  },
  E325: {
    title: "Key that only `local` services have",
    why: "An `infra` service has one replica per host: the key would change nothing.",
  },
  E326: {
    title: "Stop timeout too short for the service",
    why: "It would be killed while it still hands over its clients or finishes requests.",
  },
  E327: {
    title: "Named twice",
    why: "The second says nothing, so most likely another name was meant.",
  },
  E328: {
    title: "Secret of the platform",
    why: "The TLS key and the servers' own logins are for Caddy and NATS: no other process may have them.",
  },
  E332: {
    title: "Metric this service doesn't have",
    why: "Nothing measures it for this service, so autoscale would wait for a number that never comes.",
  },
  E335: {
    title: "Start budget that can't hold",
    why: "The probe gives up after the budget: too short a one kills a server that still recovers its data, and without a probe none is kept.",
  },
} as const;
