import { checkSpec } from "../checks/check-spec.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { hasErrors } from "../text/diagnostic.ts";
import { parseDocuments } from "../text/documents.ts";
import type { SpecDocument, SpecFile } from "../text/documents.ts";
import { normalizeFleet, normalizeService } from "./normalize.ts";
import { offendingPaths, schemaDiagnostics } from "./schema-issues.ts";
import { fleetSchema } from "../model/fleet-schema.ts";
import type { FleetSource } from "../model/fleet-schema.ts";
import { schemaOfKind } from "./json-schema.ts";
import { serviceSchema } from "./service-schema.ts";
import type { ServiceSource } from "./service-schema.ts";
import { diagnose, formatPosition } from "../text/source.ts";
import type { Source } from "../text/source.ts";
import type { Spec } from "../model/spec.ts";
import { suggestion } from "../text/suggest.ts";
import type { Path } from "../text/diagnostic.ts";

/** A document that fits its schema, perhaps only after what was wrong in it was left out. */
interface Checked<T> {
  readonly source: Source;
  readonly given: T;
}

interface Collected {
  readonly fleets: Checked<FleetSource>[];
  readonly services: Checked<ServiceSource>[];
  /** Names of services whose document can't be used: others may still name them. */
  readonly unusable: Set<string>;
  /** A document that can't be used and doesn't say whose it is: it may be anyone's. */
  nameless: boolean;
  readonly diagnostics: Diagnostic[];
}

/**
 * Text → Spec, with every diagnostic there is. `spec` is undefined as soon as one of them is an error. What can
 * be used of a document with mistakes is still looked at together with the others, so that one pass shows all.
 */
export function parseSpec(files: readonly SpecFile[]): {
  spec: Spec | undefined;
  diagnostics: Diagnostic[];
} {
  const { documents, diagnostics } = parseDocuments(files);
  const broken = diagnostics.length > 0;
  const collected: Collected = {
    fleets: [],
    services: [],
    unusable: new Set(),
    nameless: false,
    diagnostics,
  };
  for (const document of documents) collect(document, collected);
  const fleet = pickFleet(files, documents, collected, broken);
  if (fleet === undefined) return { spec: undefined, diagnostics };
  const codes = Object.keys(fleet.given.regions) as (keyof FleetSource["regions"])[];
  const spec: Spec = {
    fleet: normalizeFleet(fleet.source, fleet.given),
    services: pickServices(collected).map(({ source, given }) =>
      normalizeService(source, given, codes),
    ),
  };
  const incomplete = hasErrors(diagnostics);
  const found = checkSpec(spec, broken || collected.nameless ? undefined : collected.unusable);
  // Warnings and counts that are only wrong because something was left out would mislead.
  diagnostics.push(...(incomplete ? found.filter((d) => d.severity === "error") : found));
  return { spec: hasErrors(diagnostics) ? undefined : spec, diagnostics };
}

function collect(document: SpecDocument, collected: Collected): void {
  const { source, value } = document;
  const kind = value["kind"];
  if (kind === "Fleet") {
    const given = checkDocument(document, "Fleet", fleetSchema, collected.diagnostics);
    if (given !== undefined) collected.fleets.push({ source, given });
  } else if (kind === "Service") {
    const given = checkDocument(document, "Service", serviceSchema, collected.diagnostics);
    if (given !== undefined) collected.services.push({ source, given });
    else remember(collected, value["name"]);
  } else {
    // Most likely a service: others may name it.
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

/** Left out, these would make other keys look wrong: such a document isn't looked at further. */
const DECISIVE: ReadonlySet<string> = new Set(["type", "scale_strategy", "max_per_host"]);

interface SafeSchema<T> {
  safeParse(
    value: unknown,
    options: { reportInput: boolean },
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: Parameters<typeof schemaDiagnostics>[1] } };
}

function checkDocument<T>(
  { source, value }: SpecDocument,
  kind: "Fleet" | "Service",
  schema: SafeSchema<T>,
  diagnostics: Diagnostic[],
): T | undefined {
  const first = schema.safeParse(value, { reportInput: true });
  if (first.success) return first.data;
  const context = { source, schema: schemaOfKind(kind), value };
  diagnostics.push(...schemaDiagnostics(context, first.error.issues));
  const offending = offendingPaths(first.error.issues);
  if (offending.some(([key]) => DECISIVE.has(String(key)))) return undefined;
  const remaining = without(value, offending);
  const second = schema.safeParse(remaining, { reportInput: true });
  return second.success ? second.data : undefined;
}

/** A copy without what stands at the given paths; list entries stay, so that positions stay right. */
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

/** By name; of two with one name the first, as the second is reported. */
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
