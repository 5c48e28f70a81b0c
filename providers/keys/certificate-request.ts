/** The key and signing request of the origin certificate: `{hostnames} → {csr, privateKey}`. */
import { sha256 } from "../../lib/hash.ts";
import type { ResourceMethods } from "../dynamic/resource-methods.ts";
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
    // The request is public and differs with every key, unlike its hostnames.
    return { id: `csr-${sha256(made.csr).slice(0, 16)}`, outs: { ...inputs, ...made } };
  },
  read: async (id, props) => ({ id, props: { ...props } }),
  // Only called for the same hostnames in another order, which are the same request: other hostnames replace.
  update: async (_id, olds, news) => ({ outs: { ...olds, ...news } }),
  delete: async () => {},
};
