/** Headers on their way through Cloudflare: what it sets, and what belongs to one hop only. Pure. */
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
/** Nobody but Cloudflare may say these. */
const SET_HERE = new Set([
  "cf-connecting-ip",
  "cf-ray",
  "cf-visitor",
  "cdn-loop",
  "x-forwarded-for",
  "x-forwarded-proto",
]);

/** Headers of the request to the origin (developers.cloudflare.com/fundamentals/reference/http-headers). Names and values in turn. */
export function forwardedHeaders(visit: IncomingMessage, ray: string): readonly string[] {
  const visitor = visit.socket.remoteAddress ?? "";
  const earlier = visit.headers["x-forwarded-for"];
  const isUpgrade = visit.headers.upgrade !== undefined;
  return [
    ...withoutNames(visit.rawHeaders, (name) => SET_HERE.has(name) || HOP_BY_HOP.has(name)),
    ...(isUpgrade
      ? ["connection", "Upgrade", "upgrade", visit.headers.upgrade ?? ""]
      : ["connection", "close"]),
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

/** Headers of the answer to the visitor. */
export function returnedHeaders(
  rawHeaders: readonly string[],
  ray: string,
  { upgrade = false } = {},
): string[] {
  const kept = withoutNames(
    rawHeaders,
    (name) => name === "server" || (!upgrade && HOP_BY_HOP.has(name)),
  );
  return [...kept, "server", "cloudflare", "cf-ray", ray];
}

function withoutNames(rawHeaders: readonly string[], drop: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = "", value = ""] = rawHeaders.slice(i, i + 2);
    if (!drop(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
