/** `E3`: services, each by itself and with each other. */
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
  E307: {
    title: "More than one PocketBase for a data set",
    why: "PocketBase keeps its data in one SQLite file: two of them would be two products that look like one.",
  },
  E308: {
    title: "Writer region that can't be the writer",
    why: "With `single-writer` the one copy of the data lives in that region, so it needs exactly one replica there and none elsewhere.",
  },
  E309: {
    title: "JetStream servers other than 1 or 3",
    why: "A Raft group of two loses its majority with either server, and more than three slow every write without need.",
  },
  E310: {
    title: "Fewer replicas than JetStream servers",
    why: "JetStream servers are the first replicas of the region: missing ones leave the group without a majority.",
  },
  E311: {
    title: "Data host that could be scaled away",
    why: "Data never moves by itself, so a replica that holds data must never be scaled away.",
  },
  E312: {
    title: "Hub without NATS",
    why: "Every other region links to the hub; without a server there the regions would never see each other.",
  },
  E313: {
    title: "JetStream larger than the Machine",
    why: "JetStream would take the memory that the other processes of the host need, and the kernel would kill one of them.",
  },
  E314: {
    title: "Command that isn't an argument list",
    why: "A shell string would be split and expanded by rules that differ from shell to shell.",
  },
  E315: {
    title: "Reserved name",
    why: "The host sets this variable itself; another value would break the process or its neighbours.",
  },
  E316: {
    title: "Bad environment or secret name",
    why: "Process Compose and Fly take letters, digits and underscores, and no digit first.",
  },
  E317: {
    title: "Name both in environment and secrets",
    why: "One of the two would win in silence, and a secret could be replaced by a public value.",
  },
  E318: {
    title: "Unknown dependency",
    why: "A process that waits for something that never starts never starts itself.",
  },
  E319: {
    title: "Dependency cycle",
    why: "Each would wait for the other, and none would start.",
  },
  E320: {
    title: "Unknown port name",
    why: "Ports are named by the service that has them, and every slot gets a number of its own.",
  },
  E321: {
    title: "Route to a service that can't answer",
    why: "Visitors of that path would get an error from Caddy, always.",
  },
  E322: {
    title: "Bad route path",
    why: "Caddy would match something else than it looks like, or nothing.",
  },
  E323: {
    title: "Route that must say where to, once",
    why: "A route hands the request on to a service or answers with files, and does one of the two.",
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
  E329: {
    title: "Probe that must say how, once",
    why: "A probe asks over HTTP or runs a program, and does one of the two.",
  },
  E330: {
    title: "Restart rule that contradicts",
    why: "A process that its probe has stopped comes back only by a restart, and one that is never restarted has none to count.",
  },
  E331: {
    title: "Concurrency limits that can't hold",
    why: "Fly refuses a soft limit above the hard one, and counts connections only where TLS passes through it.",
  },
  E332: {
    title: "Metric this service doesn't have",
    why: "Nothing measures it for this service, so autoscale would wait for a number that never comes.",
  },
  E333: {
    title: "Route option without its target",
    why: "The option would be ignored: it belongs to routes of the other kind, or to none of the route's paths.",
  },
  E334: {
    title: "Header that Caddy sets itself",
    why: "Another value would break the connection, or hide the visitor's address from the services.",
  },
  E335: {
    title: "Start budget that can't hold",
    why: "The probe gives up after the budget: too short a one kills a server that still recovers its data, and without a probe none is kept.",
  },
  E336: {
    title: "Backups that delete each other",
    why: "PocketBase keeps the last `max_keep` automatic backups of its bucket, whoever made them: a region would delete another region's.",
  },
} as const;
