import type { Code } from "../../text/diagnostic.ts";
import type { CodeText } from "../service-type.ts";

/** Codes of diagnostics that only this type gives; docs/diagnostics.md lists all. */
export const CADDY_CODES = {
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
  E331: {
    title: "Concurrency limits that can't hold",
    why: "Fly refuses a soft limit above the hard one, and counts connections only where TLS passes through it.",
  },
  E333: {
    title: "Route option without its target",
    why: "The option would be ignored: it belongs to routes of the other kind, or to none of the route's paths.",
  },
  E334: {
    title: "Header that Caddy sets itself",
    why: "Another value would break the connection, or hide the visitor's address from the services.",
  },
  W302: {
    title: "Route that never matches",
    why: "The first route that matches wins, and an earlier one takes everything this one would.",
  },
  W305: {
    title: "Nothing spills to another region",
    why: "Fly sends visitors on only at `hard_limit`: without it a region that is full gets slower and slower.",
  },
} as const satisfies Readonly<Record<Code, CodeText>>;
