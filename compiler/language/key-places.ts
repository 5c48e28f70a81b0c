import type { JsonSchema } from "./schema-nodes.ts";

interface KeyPlace {
  readonly key: string;
  /** Path of the mapping around it; empty for the document. */
  readonly path: string;
  readonly owner: string;
}

/** Where keys can stand in the language; of a key with several places the outermost. */
export type KeyPlaces = ReadonlyMap<string, KeyPlace>;

/** Returns in words where a key belongs; undefined for no key of the language. */
export function describePlace(places: KeyPlaces, key: string): string | undefined {
  const place = places.get(key);
  if (place === undefined) return undefined;
  return place.path === "" ? `to ${place.owner}` : `under \`${place.path}\` of ${place.owner}`;
}

/** Collects the places of all keys of both kinds of documents. */
export function collectPlaces(fleet: JsonSchema, service: JsonSchema): KeyPlaces {
  const found = new Map<string, KeyPlace>();
  const all = [...placesIn(service, "", "services"), ...placesIn(fleet, "", "the Fleet")];
  for (const place of all) {
    const earlier = found.get(place.key);
    const shared = earlier?.path === place.path && earlier.owner !== place.owner;
    found.set(place.key, shared ? { ...place, owner: "a service" } : place);
  }
  return found;
}

/** Deepest first, so that of a key with several places the outermost stays. */
function placesIn(node: JsonSchema, path: string, owner: string): KeyPlace[] {
  const type = node.properties?.["type"]?.const;
  const named = path === "" && typeof type === "string" ? `services of type \`${type}\`` : owner;
  const branches = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  const properties = Object.entries(node.properties ?? {});
  const each = node.additionalProperties;
  const below = node.byRegion === true ? "<region>" : undefined;
  return [
    ...branches.toReversed().flatMap((branch) => placesIn(branch, path, named)),
    ...(node.items === undefined ? [] : placesIn(node.items, path, named)),
    ...(typeof each === "object" && below !== undefined
      ? placesIn(each, `${path}.${below}`, named)
      : []),
    ...properties.flatMap(([key, child]) =>
      placesIn(child, path === "" ? key : `${path}.${key}`, named),
    ),
    ...properties.map(([key]): KeyPlace => ({ key, path, owner: named })),
  ];
}
