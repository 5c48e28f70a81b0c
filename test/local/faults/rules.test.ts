/** The rules themselves: which calls they strike, what the presets answer, and plans by seed. */
import { describe, expect, test } from "vitest";
import { createFaultPlan } from "../../../local/faults/plan.ts";
import { EFFECT_NAMES } from "../../../local/faults/effects.ts";
import { PRESET_NAMES, type PresetName } from "../../../local/faults/presets.ts";
import { createFaults, faultSchema, type Fault } from "../../../local/faults/rules.ts";
import { createTestApi } from "../fly/api.ts";

const RESET = {
  api: "fly",
  method: "POST",
  path: "/machines$",
  when: "before",
  action: "reset",
} as const;

function strikes(fault: Fault, calls: number): readonly boolean[] {
  const faults = createFaults();
  faults.add(fault);
  const call = { api: "fly", method: "POST", path: "/v1/apps/a/machines", when: "before" } as const;
  return Array.from({ length: calls }, () => faults.strike(call) !== undefined);
}

describe("a rule", () => {
  test("lets `skip` calls pass, then strikes `times`", () => {
    expect(strikes({ ...RESET, skip: 2, times: 1 }, 5)).toEqual([false, false, true, false, false]);
  });

  test("strikes the share `rate`, the same calls for the same seed", () => {
    const once = strikes({ ...RESET, rate: 0.3, seed: 5 }, 1_000);
    expect(once).toEqual(strikes({ ...RESET, rate: 0.3, seed: 5 }, 1_000));
    expect(once).not.toEqual(strikes({ ...RESET, rate: 0.3, seed: 6 }, 1_000));
    expect(once.filter(Boolean).length).toBeGreaterThan(250);
    expect(once.filter(Boolean).length).toBeLessThan(350);
  });

  test.for([
    ["POST", true],
    ["GET,POST", true],
    ["*", true],
    ["GET", false],
  ] as const)("for method %s strikes a POST: %s", ([method, expected]) => {
    expect(strikes({ ...RESET, method }, 1)).toEqual([expected]);
  });

  test("of the other API doesn't strike", () => {
    expect(strikes({ ...RESET, api: "cloudflare" }, 1)).toEqual([false]);
  });

  test("is removed by its id, and the others stay", () => {
    const faults = createFaults();
    const { id } = faults.add(RESET);
    faults.add({ preset: "quota" });
    expect(faults.clear(id)).toBe(1);
    expect(faults.list()).toMatchObject([{ preset: "quota" }]);
    expect(faults.clear("fault-9")).toBe(0);
    expect(faults.clear()).toBe(1);
    expect(faults.list()).toEqual([]);
  });

  test("that can't be read is refused", () => {
    expect(faultSchema.safeParse({ preset: "earthquake" }).success).toBe(false);
    expect(faultSchema.safeParse({ ...RESET, times: 0 }).success).toBe(false);
    expect(() => createFaults().add({ ...RESET, path: "(" })).toThrow(SyntaxError);
  });
});

/** What a create of `iad-0` is answered under each preset, and whether the Machine is there afterwards. */
const CREATES: readonly (readonly [PresetName, number, string, boolean])[] = [
  ["timeout-before", 408, "deadline_exceeded", false],
  ["timeout-after", 408, "deadline_exceeded", true],
  ["error-before", 503, "temporarily disabled", false],
  ["error-after", 500, "internal server error", true],
  ["rate-limited", 429, "rate limit", false],
  ["rate-limited-silent", 429, "rate limit", false],
  ["capacity", 409, "could not reserve resource for machine", false],
  ["quota", 403, "over the allowed quota", false],
  ["name-conflict", 409, "unique machine name violation", true],
];

describe("presets", () => {
  test.for(CREATES)("%s: a create is answered %i", async ([preset, status, text, there]) => {
    const api = createTestApi();
    await api.makeApp();
    api.faults.add({ preset, times: 1 });
    const answer = await api.call("POST", "/v1/apps/acme/machines", {
      name: "iad-0",
      config: { image: "x/y:1" },
    });
    expect(answer.status).toBe(status);
    expect(answer.str("error")).toContain(text);
    expect(answer.headers.get("retry-after")).toBe(preset === "rate-limited" ? "2" : null);
    expect(api.store.machines.all().map(({ name }) => name)).toEqual(there ? ["iad-0"] : []);
    expect(api.faults.list()).toMatchObject([{ preset, hits: 1 }]);
  });

  test.for([
    ["reset-before", false],
    ["reset-after", true],
  ] as const)("%s: the connection is gone", async ([preset, there]) => {
    const api = createTestApi();
    await api.makeApp();
    api.faults.add({ preset, times: 1 });
    await api.call("POST", "/v1/apps/acme/machines", { name: "a", config: { image: "x/y:1" } });
    expect(api.calls.list(0).at(-1)).toMatchObject({ method: "POST", status: 0 });
    expect(api.store.machines.all().length).toBe(there ? 1 : 0);
  });

  test.for([
    ["lease-held", "POST", "/lease", 409, "lease currently held"],
    ["concurrent-update", "POST", "", 409, "concurrent update"],
    ["stale-metadata", "PATCH", "/metadata", 412, "machine_version mismatch"],
  ] as const)("%s", async ([preset, method, tail, status, text]) => {
    const api = createTestApi();
    await api.makeApp();
    const id = await api.makeMachine();
    api.faults.add({ preset, times: 1 });
    const body = { config: { image: "x/y:2" }, metadata: { a: "b" } };
    const refused = await api.call(method, `/v1/apps/acme/machines/${id}${tail}`, body);
    expect(refused.status).toBe(status);
    expect(refused.str("error")).toContain(text);
    expect(
      (await api.call(method, `/v1/apps/acme/machines/${id}${tail}`, body)).status,
    ).toBeLessThan(300);
  });

  test("all are tried somewhere: here or among the effects", () => {
    const tried = [
      ...CREATES.map(([name]) => name),
      "reset-before",
      "reset-after",
      "lease-held",
      "concurrent-update",
      "stale-metadata",
    ];
    expect(new Set([...tried, ...EFFECT_NAMES])).toEqual(new Set(PRESET_NAMES));
  });
});

describe("a plan", () => {
  test("is the same for the same seed, and valid", () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const plan = createFaultPlan(seed);
      expect(plan).toEqual(createFaultPlan(seed));
      expect(plan.length).toBeLessThanOrEqual(4);
      for (const fault of plan) expect(faultSchema.parse(fault)).toEqual(fault);
    }
  });

  test("uses every preset, and always ends", () => {
    const plans = Array.from({ length: 1_000 }, (_, seed) => createFaultPlan(seed)).flat();
    const used = plans.map((fault) => ("preset" in fault ? fault.preset : ""));
    expect(new Set(used)).toEqual(new Set(PRESET_NAMES));
    expect(plans.every(({ times }) => times === 1 || times === 2)).toBe(true);
  });

  test("keeps to the presets it is given", () => {
    const plans = Array.from({ length: 100 }, (_, seed) =>
      createFaultPlan(seed, { presets: ["quota"], most: 2 }),
    );
    expect(plans.every((plan) => plan.length <= 2)).toBe(true);
    expect(plans.flat()).not.toEqual([]);
    expect(plans.flat()).toEqual(plans.flat().map((fault) => ({ ...fault, preset: "quota" })));
  });
});
