/** Random passwords: `{names} → {values: {name: 43 characters of base64url, 256 bits}}`. */
import { randomBytes } from "node:crypto";

import { namedSecrets } from "./named-secrets.ts";

export const passwords = namedSecrets({
  kind: "passwords",
  outputs: ["values"],
  make: () => ({ values: randomBytes(32).toString("base64url") }),
});
