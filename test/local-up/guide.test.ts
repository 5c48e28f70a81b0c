import { describe, test } from "vitest";
import { sampleSpecs } from "../../fixtures/sample-specs.ts";
import type { CloudInfo } from "../../local/index.ts";
import { compileFleet } from "../../local-up/compiled-fleet.ts";
import type { CompiledFleet } from "../../local-up/compiled-fleet.ts";
import { formatGuide } from "../../local-up/guide.ts";

const CLOUD: CloudInfo = {
  pid: 1,
  id: "cloud",
  mode: "process",
  octet: 1,
  dir: "/state/cloud",
  fly: "http://127.0.0.1:4280",
  cloudflare: "http://127.0.0.1:4281/client/v4",
  edges: [{ region: "iad", port: 8443, url: "https://127.0.0.1:8443" }],
  tokens: { fly: "flotilla-local-fly", cloudflare: "flotilla-local-cloudflare" },
  caFile: "/state/cloud/ca.pem",
  log: "/state/cloud/log",
  notices: [],
};
const OPTIONS = { specs: "specs", state: undefined, hasController: true };

function sampleFleet(): CompiledFleet {
  const result = compileFleet(sampleSpecs());
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.fleet;
}

function withoutBursts(fleet: CompiledFleet): CompiledFleet {
  const burst = { offered: false, why: "not scalable" } as const;
  const regions = fleet.regions.map((region) => ({
    ...region,
    services: region.services.map((each) => ({ ...each, controls: { ...each.controls, burst } })),
  }));
  return { ...fleet, regions };
}

describe("the guide of local up", () => {
  test("scales out a service that the spec lets scale, up to its bound", ({ expect }) => {
    const fleet = sampleFleet();
    const [first] =
      fleet.regions
        .find(({ region }) => region === "iad")
        ?.services.filter(({ controls }) => controls.burst.offered) ?? [];
    expect(formatGuide(CLOUD, fleet, OPTIONS)).toContain(
      `npx flotilla scale burst ${first?.name} --region iad --to ${first?.max} `,
    );
  });

  test("offers no burst where no service may scale", ({ expect }) => {
    const guide = formatGuide(CLOUD, withoutBursts(sampleFleet()), OPTIONS);
    expect(guide).toContain("npx flotilla local kill iad-0");
    expect(guide).not.toContain("scale burst");
  });

  test("offers no request to simulated Machines, and names another state folder", ({ expect }) => {
    const guide = formatGuide({ ...CLOUD, mode: "simulated" }, sampleFleet(), {
      ...OPTIONS,
      state: "/elsewhere",
      hasController: false,
    });
    expect(guide).not.toContain("curl");
    expect(guide).toContain("npx flotilla local kill iad-0 --state /elsewhere");
    expect(guide).toContain("pulumi up --yes -s iad");
  });
});
