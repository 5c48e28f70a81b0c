import type { z } from "zod";
import type { RegionCode } from "../catalog/fly-regions.ts";
import { fleetSchema } from "../model/fleet-schema.ts";
import type { FleetSource } from "../model/fleet-schema.ts";
import type { ServiceSource } from "../model/service-schema.ts";
import type { Spec } from "../model/spec.ts";
import type { CheckContext, ServiceTypes } from "../services/service-type.ts";
import { hasErrors } from "../text/diagnostic.ts";
import type { Diagnostic, Path } from "../text/diagnostic.ts";
import { parseDocuments } from "../text/documents.ts";
import type { SpecDocument, SpecFile } from "../text/documents.ts";
import { diagnose, formatPosition } from "../text/source.ts";
import type { Source } from "../text/source.ts";
import { suggestion } from "../text/suggest.ts";
import { collectFamiliarKeys } from "./familiar-keys.ts";
import type { FamiliarKeys } from "./familiar-keys.ts";
import { kindJsonSchema, serviceSchema } from "./json-schema.ts";
import type { DocumentKind } from "./json-schema.ts";
import { collectPlaces } from "./key-places.ts";
import type { KeyPlaces } from "./key-places.ts";
import { normalizeFleet, normalizeService } from "./normalize.ts";
import { offendingPaths, schemaDiagnostics } from "./schema-issues.ts";
import type { JsonSchema } from "./schema-nodes.ts";

/** A document that fits its schema, perhaps only after keys with mistakes were left out. */
interface Checked<T> {
  readonly source: Source;
  readonly given: T;
}

interface Collected {
  readonly fleets: Checked<FleetSource>[];
  readonly services: Checked<ServiceSource>[];
  /** Names of services whose document can't be used: others may still name them. */
  readonly unusable: Set<string>;
  /** Whether a document that can't be used has no name, so that it may be any service. */
  nameless: boolean;
  readonly diagnostics: Diagnostic[];
}

/** Schemas of both kinds of documents. The JSON Schemas are computed at the first mistake, once per reading. */
interface Kinds {
  readonly services: z.ZodType<ServiceSource>;
  readonly json: (kind: DocumentKind) => JsonSchema;
  readonly familiar: () => FamiliarKeys;
  readonly places: () => KeyPlaces;
}

function kindsOf(types: ServiceTypes): Kinds {
  const json = new Map<DocumentKind, JsonSchema>();
  const jsonOf = (kind: DocumentKind): JsonSchema => {
    const schema = json.get(kind) ?? kindJsonSchema(types, kind);
    json.set(kind, schema);
    return schema;
  };
  let familiar: FamiliarKeys | undefined;
  let places: KeyPlaces | undefined;
  return {
    services: serviceSchema(types),
    json: jsonOf,
    familiar: () => (familiar ??= collectFamiliarKeys([jsonOf("Fleet"), jsonOf("Service")])),
    places: () => (places ??= collectPlaces(jsonOf("Fleet"), jsonOf("Service"))),
  };
}

/**
 * Text → Spec, with every diagnostic there is; `check` gives those across keys and documents. `spec` is undefined as soon
 * as one of them is an error. Whatever is usable of a document with mistakes takes part in the checks, so that one pass
 * shows all.
 */
export function readSpec(
  types: ServiceTypes,
  files: readonly SpecFile[],
  check: (context: CheckContext) => Diagnostic[],
): { spec: Spec | undefined; diagnostics: Diagnostic[] } {
  const { documents, diagnostics } = parseDocuments(files, WORDING);
  const isBroken = diagnostics.length > 0;
  const collected: Collected = {
    fleets: [],
    services: [],
    unusable: new Set(),
    nameless: false,
    diagnostics,
  };
  const kinds = kindsOf(types);
  for (const document of documents) collect(document, collected, kinds);
  const fleet = pickFleet(files, documents, collected, isBroken);
  if (fleet === undefined) return { spec: undefined, diagnostics };
  const codes = Object.keys(fleet.given.regions) as RegionCode[];
  const spec: Spec = {
    fleet: normalizeFleet(fleet.source, fleet.given),
    services: pickServices(collected).map(({ source, given }) =>
      normalizeService(types, source, given, codes),
    ),
  };
  const isIncomplete = hasErrors(diagnostics);
  const unusable = isBroken || collected.nameless ? undefined : collected.unusable;
  const found = check({ spec, types, unusable, isComplete: unusable?.size === 0 });
  // Warnings and counts that are only wrong because something was left out would mislead.
  diagnostics.push(...(isIncomplete ? found.filter((d) => d.severity === "error") : found));
  return { spec: hasErrors(diagnostics) ? undefined : spec, diagnostics };
}

function collect(document: SpecDocument, collected: Collected, kinds: Kinds): void {
  const { source, value } = document;
  const kind = value["kind"];
  if (kind === "Fleet") {
    const given = checkDocument(document, kind, fleetSchema, collected.diagnostics, kinds);
    if (given !== undefined) collected.fleets.push({ source, given });
  } else if (kind === "Service") {
    const given = checkDocument(document, kind, kinds.services, collected.diagnostics, kinds);
    if (given !== undefined) collected.services.push({ source, given });
    else remember(collected, value["name"]);
  } else {
    // The document is most likely a service that others name.
    remember(collected, value["name"]);
    collected.diagnostics.push(unknownKind(document));
  }
}

function remember(collected: Collected, name: unknown): void {
  if (typeof name === "string") collected.unusable.add(name);
  else collected.nameless = true;
}

function unknownKind({ source, value }: SpecDocument): Diagnostic {
  if (!Object.hasOwn(value, "kind"))
    return diagnose(source, {
      code: "E108",
      path: [],
      message: "`kind` is missing",
      hint: "Start the document with `kind: Fleet` or `kind: Service`.",
    });
  return diagnose(source, {
    code: "E112",
    path: ["kind"],
    message:
      typeof value["kind"] === "string"
        ? `unknown kind \`${value["kind"]}\``
        : "`kind` must be text",
    hint: suggestion(typeof value["kind"] === "string" ? value["kind"] : "", ["Fleet", "Service"]),
  });
}

/** How hints speak of spec files. */
const WORDING = {
  document: "a spec document",
  start: "Start it with `kind: Fleet` or `kind: Service`",
  size: "A spec file has one Fleet or one Service",
  depth: "No key of a spec needs that",
} as const;

/** Keys that decide what others mean: a document with a mistake in one of them isn't checked further. */
const DECISIVE: ReadonlySet<string> = new Set(["type", "scale_strategy", "max_per_host"]);

function checkDocument<T>(
  { source, value }: SpecDocument,
  kind: DocumentKind,
  schema: z.ZodType<T>,
  diagnostics: Diagnostic[],
  kinds: Kinds,
): T | undefined {
  const first = schema.safeParse(value, { reportInput: true });
  if (first.success) return first.data;
  const context = {
    source,
    schema: kinds.json(kind),
    value,
    familiar: kinds.familiar,
    places: kinds.places,
  };
  diagnostics.push(...schemaDiagnostics(context, first.error.issues));
  const offending = offendingPaths(first.error.issues);
  if (offending.some(([key]) => DECISIVE.has(String(key)))) return undefined;
  const remaining = without(value, offending);
  const second = schema.safeParse(remaining, { reportInput: true });
  return second.success ? second.data : undefined;
}

/** Returns a copy without the keys at the given paths; list entries stay, so that positions stay right. */
function without(value: unknown, paths: readonly Path[]): unknown {
  const copy = structuredClone(value);
  for (const path of paths) {
    const parent = path
      .slice(0, -1)
      .reduce<unknown>(
        (node, step) => (node as Record<string | number, unknown> | undefined)?.[step],
        copy,
      );
    const key = path.at(-1);
    if (
      typeof parent === "object" &&
      parent !== null &&
      !Array.isArray(parent) &&
      key !== undefined
    )
      delete (parent as Record<string | number, unknown>)[key];
  }
  return copy;
}

function pickFleet(
  files: readonly SpecFile[],
  documents: readonly SpecDocument[],
  collected: Collected,
  broken: boolean,
): Checked<FleetSource> | undefined {
  const sources = documents
    .filter(({ value }) => value["kind"] === "Fleet")
    .map(({ source }) => source);
  const [first, ...others] = sources;
  if (first === undefined) {
    // A file that can't be read may be the Fleet: one mistake, one message.
    if (!broken) collected.diagnostics.push(noFleet(files));
    return undefined;
  }
  for (const source of others)
    collected.diagnostics.push(
      diagnose(source, {
        code: "E202",
        path: ["kind"],
        message: `a second Fleet; the first is ${formatPosition(first, ["kind"])}`,
        hint: "There is one Fleet per specs folder: merge the two.",
      }),
    );
  return collected.fleets.find(({ source }) => source === first);
}

function noFleet(files: readonly SpecFile[]): Diagnostic {
  const file = files.map(({ path }) => path).sort()[0];
  return {
    code: "E201",
    severity: "error",
    file: file ?? "specs",
    line: 1,
    column: 1,
    path: "",
    message: file === undefined ? "there is no spec file" : "no document has `kind: Fleet`",
    hint: "Add a file with `kind: Fleet`, e.g. `specs/fleet.yaml`.",
  };
}

/** Returns the services by name; of two with one name the first, as the second has a diagnostic. */
function pickServices(collected: Collected): Checked<ServiceSource>[] {
  const byName = new Map<string, Checked<ServiceSource>>();
  for (const service of collected.services) {
    const earlier = byName.get(service.given.name);
    if (earlier === undefined) byName.set(service.given.name, service);
    else
      collected.diagnostics.push(
        diagnose(service.source, {
          code: "E301",
          path: ["name"],
          message: `service \`${service.given.name}\` is already there: ${formatPosition(earlier.source, ["name"])}`,
          hint: "Give one of the two another name.",
        }),
      );
  }
  return [...byName.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, service]) => service);
}
