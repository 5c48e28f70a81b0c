/** The resource `cloudflare:index/originCaCertificate:OriginCaCertificate`. Every change replaces it; deleting revokes it. */
import type { CloudflareClient } from "./cloudflare-client.ts";
import { ifThere } from "./cloudflare-dns-record.ts";
import { toCamelCase } from "./letter-case.ts";
import type { PropertyFailure, ResourceKind } from "./serve.ts";
import { type PropertyValue, type Props, hasUnknown, isSame } from "./wire-values.ts";

const DEFAULT_VALIDITY_DAYS = 5475;
const VALIDITIES_DAYS: readonly number[] = [7, 30, 90, 365, 730, 1095, DEFAULT_VALIDITY_DAYS];
const REQUEST_TYPES: readonly string[] = ["origin-rsa", "origin-ecc", "keyless-certificate"];
const ARGUMENTS = ["csr", "hostnames", "requestType", "requestedValidity"];

export function createOriginCertificateKind(client: CloudflareClient): ResourceKind {
  return {
    derivedOutputs: [],
    check: checkCertificate,
    diff(olds, news) {
      const wanted: Props = {
        requestedValidity: olds["requestedValidity"] ?? DEFAULT_VALIDITY_DAYS,
        ...news,
      };
      const replaces = ARGUMENTS.filter(
        (name) => hasUnknown(wanted[name]) || !isSame(olds[name], wanted[name]),
      );
      return { changes: replaces.length > 0, replaces };
    },
    async create(inputs) {
      const { csr, hostnames, requestType, requestedValidity = DEFAULT_VALIDITY_DAYS } = inputs;
      const body = {
        csr,
        hostnames,
        request_type: requestType,
        requested_validity: requestedValidity,
      };
      const live = await client.post("certificates", body);
      return { id: (live as { readonly id: string }).id, outs: outputsOf(live, inputs) };
    },
    async read(id, props) {
      const live = await ifThere(client.get(`certificates/${id}`));
      if (live === undefined) return undefined;
      const outs = outputsOf(live, props);
      const imported =
        props["csr"] === undefined
          ? { inputs: Object.fromEntries(ARGUMENTS.map((name) => [name, outs[name] ?? null])) }
          : {};
      return { id, props: outs, ...imported };
    },
    update() {
      return Promise.reject(new Error("an Origin CA certificate can't be changed, only replaced"));
    },
    async delete(id) {
      await client.delete(`certificates/${id}`);
    },
  };
}

function checkCertificate(inputs: Props): readonly PropertyFailure[] {
  const failures = ["csr", "hostnames", "requestType"]
    .filter((name) => inputs[name] === undefined || inputs[name] === null)
    .map((property) => ({ property, reason: `\`${property}\` is required` }));
  const { requestType, requestedValidity } = inputs;
  if (
    requestType &&
    !hasUnknown(requestType) &&
    !REQUEST_TYPES.some((type) => type === requestType)
  ) {
    failures.push({
      property: "requestType",
      reason: `must be one of ${REQUEST_TYPES.join(", ")}`,
    });
  }
  if (
    requestedValidity &&
    !hasUnknown(requestedValidity) &&
    !VALIDITIES_DAYS.some((days) => days === requestedValidity)
  ) {
    failures.push({
      property: "requestedValidity",
      reason: `must be one of ${VALIDITIES_DAYS.join(", ")} days`,
    });
  }
  return failures;
}

/** Returns the live properties, with `csr` and `hostnames` in the program's spelling: the API trims the one and may reorder the other. */
function outputsOf(live: unknown, said: Props): Props {
  const { id: _id, ...record } = toCamelCase(live as PropertyValue) as Props;
  const known = [
    "certificate",
    "csr",
    "expiresOn",
    "hostnames",
    "requestType",
    "requestedValidity",
  ];
  const outs = Object.fromEntries(
    known.flatMap((name) => (record[name] === undefined ? [] : [[name, record[name]]])),
  );
  const { csr, hostnames } = said;
  return {
    ...(outs as Props),
    ...(csr !== undefined && isSame(trimmed(outs["csr"]), trimmed(csr)) ? { csr } : {}),
    ...(hostnames !== undefined && isSame(sorted(outs["hostnames"]), sorted(hostnames))
      ? { hostnames }
      : {}),
  };
}

function trimmed(value: PropertyValue | undefined): PropertyValue | undefined {
  return typeof value === "string" ? value.replaceAll(/\s+/g, "") : value;
}

function sorted(value: PropertyValue | undefined): PropertyValue | undefined {
  return Array.isArray(value) ? [...(value as readonly string[])].sort() : value;
}
