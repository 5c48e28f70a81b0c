import { schemaOfKind } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

interface Place {
  readonly key: string;
  /** Of the mapping around it; empty for the document. */
  readonly path: string;
  readonly owner: string;
}

let places: ReadonlyMap<string, Place> | undefined;

/** Where in the language a key can stand, in words, the outermost place; undefined for no key of it. */
export function placeOfKey(key: string): string | undefined {
  places ??= collectPlaces();
  const place = places.get(key);
  if (place === undefined) return undefined;
  return place.path === "" ? `to ${place.owner}` : `under \`${place.path}\` of ${place.owner}`;
}

function collectPlaces(): ReadonlyMap<string, Place> {
  const found = new Map<string, Place>();
  const all = [
    ...placesIn(schemaOfKind("Service"), "", "services"),
    ...placesIn(schemaOfKind("Fleet"), "", "the Fleet"),
  ];
  for (const place of all) {
    const earlier = found.get(place.key);
    const shared = earlier?.path === place.path && earlier.owner !== place.owner;
    found.set(place.key, shared ? { ...place, owner: "a service" } : place);
  }
  return found;
}

/** Deepest first, so that of a key with several places the outermost stays. */
function placesIn(node: JsonSchema, path: string, owner: string): Place[] {
  const type = node.properties?.["type"]?.const;
  const named = path === "" && typeof type === "string" ? `services of type \`${type}\`` : owner;
  const branches = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  const properties = Object.entries(node.properties ?? {});
  const each = node.additionalProperties;
  const below = node.propertyNames?.enum?.includes("iad") === true ? "<region>" : undefined;
  return [
    ...branches.toReversed().flatMap((branch) => placesIn(branch, path, named)),
    ...(node.items === undefined ? [] : placesIn(node.items, path, named)),
    ...(typeof each === "object" && below !== undefined
      ? placesIn(each, `${path}.${below}`, named)
      : []),
    ...properties.flatMap(([key, child]) =>
      placesIn(child, path === "" ? key : `${path}.${key}`, named),
    ),
    ...properties.map(([key]): Place => ({ key, path, owner: named })),
  ];
}
