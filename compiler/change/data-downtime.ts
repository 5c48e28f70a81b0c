/** Which data services are interrupted, because the host that holds their data doesn't run for a while. */
import type { HostChange } from "./change.ts";
import type { DataRole, RegionSide } from "./fleet.ts";

/** One sentence each. */
export function planDataDowntime(
  region: string,
  hosts: readonly HostChange[],
  before: RegionSide | undefined,
  after: RegionSide | undefined,
): string[] {
  return hosts.flatMap((change) => {
    const roles = before?.hosts[change.host]?.data ?? [];
    const next = after?.hosts[change.host]?.data ?? [];
    return roles.flatMap((role) => {
      const stays = next.some(({ service }) => service === role.service);
      const sentence = describeDowntime(region, change, role, stays);
      return sentence === undefined ? [] : [sentence];
    });
  });
}

function describeDowntime(
  region: string,
  { host, effect }: HostChange,
  role: DataRole,
  stays: boolean,
): string | undefined {
  const what = `${role.label} (${role.service}) of ${region}`;
  if (!stays || effect === "destroy" || effect === "stop")
    return `${what} ends on ${host}; its data stays on the volume`;
  const verb = VERBS[effect];
  if (verb === undefined) return undefined;
  return role.servers > 1
    ? `${what} keeps running while ${host} ${verb}, but for streams with a single replica there`
    : `${what} pauses while ${host} ${verb}`;
}

/** What happens to a running host, for effects that interrupt it. */
const VERBS: Readonly<Partial<Record<HostChange["effect"], string>>> = {
  reboot: "reboots",
  recreate: "is made anew",
  replace: "is replaced",
};
