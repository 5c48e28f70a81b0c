import { describe, test } from "vitest";
import { openFlyStore } from "../../../local/fly/store/store.ts";
import { resolveInternal } from "../../../local/fly/lifecycle/guest.ts";
import { hostIndexOf, MAX_APPS, placeAddress } from "../../../local/machines/addresses.ts";
import { pickRegion, REGION_CODES } from "../../../local/machines/regions.ts";

describe("addresses", () => {
  test("never clash between hosts, regions and apps", ({ expect }) => {
    const seen = new Set<string | undefined>();
    let count = 0;
    for (let appIndex = 0; appIndex < MAX_APPS; appIndex += 1) {
      for (const region of REGION_CODES) {
        for (const hostIndex of [0, 1, 99, 100, 253]) {
          seen.add(placeAddress({ octet: 9, appIndex, region, hostIndex }));
          count += 1;
        }
      }
    }
    expect(seen.size).toBe(count);
    for (const address of seen)
      expect(address).toMatch(/^127\.9\.(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])\.\d+$/);
  });

  test("end where the octets end", ({ expect }) => {
    const place = { octet: 9, appIndex: 0, region: "iad", hostIndex: 0 };
    expect(placeAddress(place)).toBe("127.9.9.1");
    expect(placeAddress({ ...place, hostIndex: 254 })).toBeUndefined();
    expect(placeAddress({ ...place, appIndex: MAX_APPS })).toBeUndefined();
    expect(placeAddress({ ...place, region: "xxx" })).toBeUndefined();
  });

  test.for([
    ["iad-0", "iad", 0],
    ["iad-42", "iad", 42],
    ["iad-00", "iad", undefined],
    ["iad-100", "iad", undefined],
    ["fra-0", "iad", undefined],
    ["iad", "iad", undefined],
  ] as const)("host index of %s in %s is %s", ([name, region, index], { expect }) => {
    expect(hostIndexOf(name, region)).toBe(index);
  });

  test("of slots are known before their Machines are", ({ expect }) => {
    const store = openFlyStore();
    const app = { name: "acme", index: 1 } as never;
    store.apps.put("acme", app);
    expect(resolveInternal(store, 5, "iad-3.host.kv._metadata.acme.internal")).toBe("127.5.29.4");
    expect(resolveInternal(store, 5, "fra.acme.internal")).toBe("127.5.27.1");
    expect(resolveInternal(store, 5, "iad-3.host.kv._metadata.other.internal")).toBeUndefined();
    expect(resolveInternal(store, 5, "3d8d9014f32d18.vm.acme.internal")).toBeUndefined();
  });
});

describe("regions", () => {
  test.for([
    [undefined, "iad"],
    ["fra", "fra"],
    ["xxx,lhr", "lhr"],
    ["eu", "fra"],
    ["xxx", undefined],
  ] as const)("%s is %s", ([given, picked], { expect }) => {
    expect(pickRegion(given)).toBe(picked);
  });
});
