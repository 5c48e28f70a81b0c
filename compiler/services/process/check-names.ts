import { PLATFORM_SECRETS } from "../../catalog/reserved-names.ts";
import type { Diagnostic, Path } from "../../text/diagnostic.ts";
import { diagnose, formatPosition, writtenKeys } from "../../text/source.ts";
import { isReservedFor } from "../registry.ts";
import type { ServiceTypes } from "../service-type.ts";
import type { ProcessService } from "./service.ts";

/** E315, E317: names of environment variables, also against those of secrets. */
export function checkNames(service: ProcessService, types: ServiceTypes): Diagnostic[] {
  const paths = environmentPaths(service);
  const isReserved = (name: string): boolean => isReservedFor(types, name);
  return [...checkReserved(service, paths, isReserved), ...checkTwice(service, paths, isReserved)];
}

/** Names in the service's environment, and in what regions put over it. */
function environmentPaths({ source, namedRegions }: ProcessService): Path[] {
  return [["environment"], ...namedRegions.map((key) => ["regions", key, "environment"])].flatMap(
    (path) => writtenKeys(source, path).map((name) => [...path, name]),
  );
}

type IsReserved = (name: string) => boolean;

function checkReserved(
  { source }: ProcessService,
  paths: readonly Path[],
  isReserved: IsReserved,
): Diagnostic[] {
  return paths
    .filter((path) => isReserved(String(path.at(-1))))
    .map((path) =>
      diagnose(source, {
        code: "E315",
        path,
        anchor: "key",
        message: `\`${String(path.at(-1))}\` is reserved: flotilla or Fly sets it`,
        hint: "Choose another name.",
      }),
    );
}

/** Secrets with a reserved name have a diagnostic of their own. */
function checkTwice(
  { source, secrets }: ProcessService,
  paths: readonly Path[],
  isReserved: IsReserved,
): Diagnostic[] {
  const environment = new Map(paths.toReversed().map((path) => [String(path.at(-1)), path]));
  return secrets.flatMap((name, index) => {
    const other = environment.get(name);
    if (other === undefined || isReserved(name) || PLATFORM_SECRETS.includes(name)) return [];
    return diagnose(source, {
      code: "E317",
      path: ["secrets", index],
      message: `\`${name}\` is in environment too: ${formatPosition(source, other, "key")}`,
      hint: "Keep it in one of the two.",
    });
  });
}
