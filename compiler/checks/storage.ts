import type { RegionCode } from "../catalog/fly-regions.ts";
import type { Service } from "../model/spec.ts";
import { typeOf } from "../services/registry.ts";
import type { CheckContext, StoragePlan } from "../services/service-type.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose, formatPosition } from "../text/source.ts";

/** Source: https://fly.io/docs/volumes/overview/ */
const LARGEST_GB = 500;

interface ServiceStorage extends StoragePlan {
  readonly service: Service;
}

/** E410: all data of a region's host 0 lies on one volume. The last service by type is the one that doesn't fit. */
export function checkStorage(context: CheckContext): Diagnostic[] {
  const reported = new Set<string>();
  return context.spec.fleet.regions.flatMap(({ code }) => {
    const stored = storedOn(code, context);
    const last = stored.at(-1);
    const sum = stored.reduce((total, { sizeGb }) => total + sizeGb, 0);
    if (last === undefined || stored.length < 2 || sum <= LARGEST_GB) return [];
    if (reported.has(last.path.join())) return [];
    reported.add(last.path.join());
    const others = stored
      .slice(0, -1)
      .map(
        ({ label, sizeGb, service, path }) =>
          `${label}'s ${sizeGb} (${formatPosition(service.source, path)})`,
      );
    return diagnose(last.service.source, {
      code: "E410",
      path: last.path,
      message: `host ${code}-0 would need ${sum} GB with ${others.join(" and ")}: Fly's volumes end at ${LARGEST_GB}`,
      hint:
        stored.length === 2
          ? `Lower one of the two: together at most ${LARGEST_GB} GB.`
          : `Lower one of them: together at most ${LARGEST_GB} GB.`,
    });
  });
}

/** What host 0 of a region stores, in the order of the service types. */
function storedOn(code: RegionCode, { spec, types }: CheckContext): ServiceStorage[] {
  return Object.keys(types).flatMap((name) =>
    spec.services
      .filter(({ type }) => type === name)
      .slice(0, 1)
      .flatMap((service) => {
        const storage = typeOf(types, service).storage(service, code);
        return storage === undefined || storage.hosts === 0 ? [] : [{ ...storage, service }];
      }),
  );
}
