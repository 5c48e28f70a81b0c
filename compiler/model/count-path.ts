import type { Path } from "../text/diagnostic.ts";
import { hasPath } from "../text/source.ts";
import type { RegionKey, Service } from "./spec.ts";

/** Where `min` or `max` was written; if it wasn't, where `replicas` was, which it defaults to. */
export function countPath(service: Service, key: RegionKey, name: "min" | "max"): Path {
  const path = ["regions", key, name];
  return hasPath(service.source, path) ? path : ["regions", key, "replicas"];
}
