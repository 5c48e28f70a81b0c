import type { Path } from "../text/diagnostic.ts";
import type { Service } from "../model/spec.ts";

/** A secret that a service's spec names, and where. */
export interface NamedSecret {
  readonly name: string;
  readonly path: Path;
}

/** In the order they are written. */
export function secretsNamedBy(service: Service): NamedSecret[] {
  if (service.type === "process")
    return service.secrets.map((name, index) => ({ name, path: ["secrets", index] }));
  if (service.type !== "pocketbase" || service.backup?.s3 === undefined) return [];
  const { accessKey, secret } = service.backup.s3;
  return [
    { name: accessKey, path: ["backup", "s3", "access_key"] },
    { name: secret, path: ["backup", "s3", "secret"] },
  ];
}
