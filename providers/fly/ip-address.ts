/** A public address of an app: one of each type. Allocating isn't idempotent, so an existing address is adopted. */
import { z } from "zod";

import { sleep } from "../../lib/clock.ts";
import { anyResponse, appPath } from "./api/client.ts";
import type { Fly } from "./api/client.ts";
import type { CheckResult, DiffResult, Properties } from "../dynamic/resource-methods.ts";
import { explain, FlyError, isAmbiguous, isNotFound } from "./api/errors.ts";
import { parseInputs } from "../dynamic/resource-inputs.ts";
import { toPlainJson } from "../dynamic/json.ts";
import { hasUnknown } from "../dynamic/pulumi-unknown.ts";
import { ipAssignmentWire, ipListWire } from "./api/wire.ts";
import type { IpAssignmentWire } from "./api/wire.ts";

const types = ["v6", "shared_v4"] as const;
type AddressType = (typeof types)[number];

const inputsShape = z.looseObject({ app: z.string(), type: z.enum(types) });

const attempts = 3;

export function checkIpAddress(_olds: Properties, news: Properties): CheckResult {
  const type = news["type"];
  if (hasUnknown(type) || types.some((known) => known === type)) return { inputs: news };
  const reason = `${JSON.stringify(type)} is not one of ${types.join(", ")}.`;
  return { inputs: news, failures: [{ property: "type", reason }] };
}

export function diffIpAddress(olds: Properties, news: Properties): DiffResult {
  const replaces = ["app", "type"].filter(
    (key) => olds[key] !== news[key] && !hasUnknown(news[key]),
  );
  if (replaces.length > 0) return { changes: true, replaces };
  return { changes: ["app", "appId", "type"].some((key) => olds[key] !== news[key]) };
}

/** Adopts or allocates the address. Outs: the inputs and `address`. */
export async function convergeIpAddress(
  fly: Fly,
  raw: Properties,
): Promise<{ id: string; outs: Properties }> {
  const { app, type } = parseInputs("IpAddress", inputsShape, raw);
  const address = (await findAddress(fly, app, type)) ?? (await allocate(fly, app, type));
  return { id: `${app}/${type}`, outs: toPlainJson({ ...raw, address }) };
}

/** Returns `{}` also if the app is gone, which unlike for a Machine is safe: allocating an address again costs nothing. */
export async function readIpAddress(
  fly: Fly,
  id: string,
  raw: Properties,
): Promise<{ id?: string; props?: Properties }> {
  const { app, type } = parseInputs("IpAddress", inputsShape, raw);
  try {
    const address = await findAddress(fly, app, type);
    return address === undefined ? {} : { id, props: toPlainJson({ ...raw, address }) };
  } catch (error) {
    if (isNotFound(error)) return {};
    throw error;
  }
}

export async function deleteIpAddress(fly: Fly, raw: Properties): Promise<void> {
  const { app, type } = parseInputs("IpAddress", inputsShape, raw);
  const address = raw["address"];
  if (typeof address !== "string") return;
  try {
    await fly.call({
      what: `release the ${type} address of app ${app}`,
      method: "DELETE",
      path: appPath(app, "ip_assignments", address),
      response: anyResponse,
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function findAddress(fly: Fly, app: string, type: AddressType): Promise<string | undefined> {
  const answer = await fly.call({
    what: `list the addresses of app ${app}`,
    method: "GET",
    path: appPath(app, "ip_assignments"),
    response: ipListWire,
  });
  return answer.ips?.find((assignment) => typeOf(assignment) === type)?.ip ?? undefined;
}

/** Returns the type of an address, which responses don't name. `fdaa:` is Fly's private network. */
function typeOf({ ip, shared }: IpAssignmentWire): AddressType | undefined {
  if (ip === undefined || ip === null) return undefined;
  if (ip.includes(":")) return ip.startsWith("fdaa:") ? undefined : "v6";
  return shared === true ? "shared_v4" : undefined;
}

async function allocate(fly: Fly, app: string, type: AddressType): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const made = await fly.call({
        what: `allocate a ${type} address for app ${app}`,
        method: "POST",
        path: appPath(app, "ip_assignments"),
        json: { type },
        response: ipAssignmentWire,
      });
      const address = made.ip ?? (await findAddress(fly, app, type));
      if (address !== undefined) return address;
      throw new FlyError({
        what: `allocate a ${type} address for app ${app}`,
        status: 200,
        code: "no_address",
        detail: "Fly answered without an address",
        hint: "Run it again.",
      });
    } catch (error) {
      if (!isAmbiguous(error)) throw error;
      await sleep(fly.clock, 1_000);
      const address = await findAddress(fly, app, type);
      if (address !== undefined) return address;
      if (attempt === attempts) throw explain(error, { tried: `allocating it ${attempts} times` });
    }
  }
}
