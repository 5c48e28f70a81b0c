/** Headers that pass through Cloudflare: those it sets, and those that belong to one hop only. Pure. */
import type { IncomingMessage } from "node:http";

const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
]);
/** Headers that only Cloudflare may set. */
const SET_HERE = new Set([
  "cf-connecting-ip",
  "cf-ray",
  "cf-visitor",
  "cdn-loop",
  "x-forwarded-for",
  "x-forwarded-proto",
]);

/** Returns the headers of the request to the origin (developers.cloudflare.com/fundamentals/reference/http-headers). Names and values alternate. */
export function forwardedHeaders(visit: IncomingMessage, ray: string): readonly string[] {
  const visitor = visit.socket.remoteAddress ?? "";
  const earlier = visit.headers["x-forwarded-for"];
  return [
    ...withoutNames(withoutHopHeaders(visit), SET_HERE),
    "cf-connecting-ip",
    visitor,
    "cf-ray",
    ray,
    "cf-visitor",
    '{"scheme":"https"}',
    "cdn-loop",
    "cloudflare; loops=1",
    "x-forwarded-for",
    earlier === undefined ? visitor : `${String(earlier)}, ${visitor}`,
    "x-forwarded-proto",
    "https",
  ];
}

/** Replaces the headers of the visitor's hop by those of the next one: an upgrade, or a connection for a single request. */
export function withoutHopHeaders(visit: IncomingMessage): readonly string[] {
  const { upgrade } = visit.headers;
  return [
    ...withoutNames(visit.rawHeaders, HOP_BY_HOP),
    ...(upgrade === undefined
      ? ["connection", "close"]
      : ["connection", "Upgrade", "upgrade", upgrade]),
  ];
}

/** Returns the headers of the response to the visitor. */
export function returnedHeaders(
  rawHeaders: readonly string[],
  ray: string,
  { upgrade = false } = {},
): string[] {
  const kept = withoutNames(rawHeaders, ["server", ...(upgrade ? [] : HOP_BY_HOP)]);
  return [...kept, "server", "cloudflare", "cf-ray", ray];
}

/** @param names in lower case */
export function withoutNames(rawHeaders: readonly string[], names: Iterable<string>): string[] {
  const dropped = new Set(names);
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = "", value = ""] = rawHeaders.slice(i, i + 2);
    if (!dropped.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
