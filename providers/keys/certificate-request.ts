/** The key and signing request of the origin certificate: `{hostnames} → {csr, privateKey}`. */
import { createHash } from "node:crypto";

import type { ResourceMethods } from "./contract.ts";
import { checkNames, isSameNames, knownNamesIn, namesIn } from "./name-list.ts";
import { createSigningRequest } from "./signing-request.ts";

const hostname = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;

export const certificate: ResourceMethods = {
  check: (_olds, news) => checkNames(news, "hostnames", hostname, "hostname, in lower case"),
  diff(_id, olds, news) {
    const isSame = isSameNames(namesIn(olds, "hostnames"), namesIn(news, "hostnames"));
    return isSame ? { changes: false } : { changes: true, replaces: ["hostnames"] };
  },
  async create(inputs) {
    const made = await createSigningRequest(knownNamesIn(inputs, "hostnames"));
    // The request is public, and unlike its hostnames it is another one for every key.
    const id = createHash("sha256").update(made.csr).digest("hex").slice(0, 16);
    return { id: `csr-${id}`, outs: { ...inputs, ...made } };
  },
  read: async (id, props) => ({ id, props: { ...props } }),
  // Hostnames in another order are the same request; anything else replaces.
  update: async (_id, olds, news) => ({ outs: { ...olds, ...news } }),
  delete: async () => {},
};
