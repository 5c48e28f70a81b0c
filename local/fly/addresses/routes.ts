/** IP assignments (fly-go: flaps/flaps_ip_assignments.go). */
import { z } from "zod";
import { assignAddress, releaseAddress } from "./assignments.ts";
import type { AddressRecord } from "../store/records.ts";
import { appOf, param, readBody } from "../request/read.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";

const assignSchema = z.looseObject({
  type: z.string().optional(),
  region: z.string().optional(),
  service_name: z.string().optional(),
  network: z.string().optional(),
  org_slug: z.string().optional(),
});

export function addressRoutes(on: Register, context: FlyContext): void {
  const { store } = context;
  const path = "/v1/apps/:app/ip_assignments";

  on("GET", path, { action: "list addresses", by: "app" }, (c) => {
    const { name } = appOf(context, c);
    const ips = store.addresses.all().filter(({ app }) => app === name);
    return c.json({ ips: ips.map(addressView) });
  });

  on("POST", path, { action: "assign address", by: "app" }, async (c) => {
    const app = appOf(context, c);
    const options = await readBody(c, assignSchema);
    if (options.type !== "egress_pair")
      return c.json(addressView(assignAddress(context, app, options)));
    const v4 = assignAddress(context, app, { ...options, type: "egress_v4" });
    const v6 = assignAddress(context, app, { ...options, type: "egress_v6" });
    return c.json({ ...addressView(v4), ip: null, ip_pair: { v4: v4.ip, v6: v6.ip } });
  });

  on("DELETE", `${path}/:ip`, { action: "release address", by: "app" }, (c) => {
    releaseAddress(context, appOf(context, c), param(c, "ip"));
    return c.body(null, 204);
  });
}

/** Fly's JSON has no type: clients derive it from `shared`, `egress` and the address's form. */
function addressView({ app: _app, type, ...address }: AddressRecord): object {
  return {
    service_name: "",
    network: null,
    ...address,
    egress: type === "egress_v4" || type === "egress_v6",
  };
}
