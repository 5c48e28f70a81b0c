import type { Code } from "../../text/diagnostic.ts";
import type { CodeText } from "../service-type.ts";

/** Codes of diagnostics that only this type gives; docs/diagnostics.md lists all. */
export const NATS_CODES = {
  E309: {
    title: "JetStream servers other than 1 or 3",
    why: "A Raft group of two loses its majority with either server, and more than three slow every write without need.",
  },
  E310: {
    title: "Fewer replicas than JetStream servers",
    why: "JetStream servers are the first replicas of the region: missing ones leave the group without a majority.",
  },
  E312: {
    title: "Hub without NATS",
    why: "Every other region links to the hub; without a server there the regions would never see each other.",
  },
  E313: {
    title: "JetStream larger than the Machine",
    why: "JetStream would take the memory that the other processes of the host need, and the kernel would kill one of them.",
  },
} as const satisfies Readonly<Record<Code, CodeText>>;
