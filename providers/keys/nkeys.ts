/** NATS user nkeys: `{names} → {publicKeys: {name: "U…"}, seeds: {name: "SU…"}}`. */
import { createUser } from "@nats-io/nkeys";

import { namedSecrets } from "./named-secrets.ts";

export const nkeys = namedSecrets({
  kind: "nkeys",
  outputs: ["publicKeys", "seeds"],
  make: () => {
    const user = createUser();
    return { publicKeys: user.getPublicKey(), seeds: new TextDecoder().decode(user.getSeed()) };
  },
});
