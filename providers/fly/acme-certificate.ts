/**
 * A hostname's certificate that Fly obtains and renews (ACME). Fly issues it once DNS is right, and the DNS records
 * depend on this resource: so nothing waits for the certificate, and the records that it needs are an output.
 */
import { z } from "zod";

import { sleep } from "../../lib/clock.ts";
import { anyResponse, appPath } from "./api/client.ts";
import type { Fly } from "./api/client.ts";
import type { CheckResult, DiffResult, Properties } from "../dynamic/resource-methods.ts";
import { explain, FlyError, isAmbiguous, isNotFound } from "./api/errors.ts";
import { parseInputs } from "../dynamic/resource-inputs.ts";
import { assertSameApp } from "./api/observe.ts";
import { PartialError } from "../dynamic/partial-error.ts";
import { toPlainJson } from "../dynamic/json.ts";
import { hasUnknown } from "../dynamic/pulumi-unknown.ts";
import { certificateWire } from "./api/wire.ts";
import type { CertificateWire } from "./api/wire.ts";

const inputsShape = z.looseObject({ app: z.string(), appId: z.string(), hostname: z.string() });
type CertificateInputs = z.infer<typeof inputsShape>;

const attempts = 3;
const hostnamePattern = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

export function checkCertificate(_olds: Properties, news: Properties): CheckResult {
  const { hostname } = news;
  if (hasUnknown(hostname) || (typeof hostname === "string" && hostnamePattern.test(hostname)))
    return { inputs: news };
  const reason = `${JSON.stringify(hostname)} is not a hostname in lower case.`;
  return { inputs: news, failures: [{ property: "hostname", reason }] };
}

export function diffCertificate(olds: Properties, news: Properties): DiffResult {
  const replaces = ["app", "hostname"].filter(
    (key) => olds[key] !== news[key] && !hasUnknown(news[key]),
  );
  if (replaces.length > 0) return { changes: true, replaces };
  const isOther = ["app", "appId", "hostname"].some((key) => olds[key] !== news[key]);
  return { changes: isOther || olds["requested"] !== true };
}

/** Requests the certificate unless it was requested before. Outs: the inputs, `requested`, `status`, `dnsRequirements`. */
export async function convergeCertificate(
  fly: Fly,
  raw: Properties,
): Promise<{ id: string; outs: Properties }> {
  const inputs = parseInputs("Certificate", inputsShape, raw);
  const id = `${inputs.app}/${inputs.hostname}`;
  const present = await observeCertificate(fly, inputs);
  const live = isRequested(present) ? present : await request(fly, inputs, id, raw);
  return { id, outs: toPlainJson({ ...raw, ...outputsOf(live) }) };
}

/** Returns `{}` only if the app it was requested in answers and doesn't have it. */
export async function readCertificate(
  fly: Fly,
  id: string,
  raw: Properties,
): Promise<{ id?: string; props?: Properties }> {
  const inputs = parseInputs("Certificate", inputsShape, raw);
  const live = await observeCertificate(fly, inputs);
  if (live !== undefined) return { id, props: toPlainJson({ ...raw, ...outputsOf(live) }) };
  await assertSameApp(fly, inputs.app, inputs.appId);
  return {};
}

/** Deletes the requested certificate. A certificate that somebody imported for the hostname stays. */
export async function deleteCertificate(fly: Fly, raw: Properties): Promise<void> {
  const inputs = parseInputs("Certificate", inputsShape, raw);
  const live = await observeCertificate(fly, inputs);
  if (live === undefined) return assertSameApp(fly, inputs.app, inputs.appId);
  const isImported = live.certificates?.some(({ source }) => source === "custom") === true;
  try {
    await fly.call({
      what: `delete the certificate of ${inputs.hostname}`,
      method: "DELETE",
      path: certificatePath(inputs, ...(isImported ? ["acme"] : [])),
      response: anyResponse,
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function request(
  fly: Fly,
  inputs: CertificateInputs,
  id: string,
  raw: Properties,
): Promise<CertificateWire> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fly.call({
        what: `request a certificate for ${inputs.hostname}`,
        method: "POST",
        path: appPath(inputs.app, "certificates", "acme"),
        json: { hostname: inputs.hostname },
        response: certificateWire,
      });
    } catch (error) {
      // It may exist now: an earlier call whose response was lost, or somebody else, may have requested it.
      const mayExist =
        isAmbiguous(error) || (error instanceof FlyError && [409, 422].includes(error.status));
      if (!mayExist) throw error;
      await sleep(fly.clock, 1_000);
      const live = await observeCertificate(fly, inputs);
      if (isRequested(live)) return live;
      if (!isAmbiguous(error)) throw error;
      if (attempt === attempts) {
        const explained = explain(error, { tried: `requesting it ${attempts} times` });
        throw new PartialError(id, raw, { requested: false }, explained);
      }
    }
  }
}

async function observeCertificate(
  fly: Fly,
  inputs: CertificateInputs,
): Promise<CertificateWire | undefined> {
  try {
    return await fly.call({
      what: `read the certificate of ${inputs.hostname}`,
      method: "GET",
      path: certificatePath(inputs),
      response: certificateWire,
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function isRequested(certificate: CertificateWire | undefined): certificate is CertificateWire {
  return certificate !== undefined && certificate.acme_requested !== false;
}

function outputsOf(certificate: CertificateWire): Properties {
  return {
    requested: isRequested(certificate),
    status: certificate.status ?? "unknown",
    dnsRequirements: certificate.dns_requirements ?? {},
  };
}

/** Fly requires an encoded star in a wildcard, which `encodeURIComponent` doesn't encode. */
function certificatePath({ app, hostname }: CertificateInputs, ...segments: string[]): string {
  return appPath(app, "certificates", hostname, ...segments).replaceAll("*", "%2A");
}
