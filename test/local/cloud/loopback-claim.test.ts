import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { scratchFolder } from "../../kit/scratch-folder.ts";
import {
  claimOctet,
  FIRST_OCTET,
  LAST_OCTET,
  octetDir,
  releaseOctet,
} from "../../../local/cloud/loopback-claim.ts";

function scratch(): { claims: string; cloud: (name: string) => string } {
  const dir = scratchFolder();
  return {
    claims: join(dir, "octets"),
    cloud(name) {
      const folder = join(dir, name);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
  };
}

describe("an octet", () => {
  test("is a cloud's own, and the same again", ({ expect }) => {
    const { claims, cloud } = scratch();
    expect(claimOctet(cloud("a"), claims)).toBe(2);
    expect(claimOctet(cloud("b"), claims)).toBe(3);
    expect(claimOctet(cloud("a"), claims)).toBe(2);
    expect(readdirSync(claims).toSorted()).toEqual(["2", "3"]);
  });

  test("is free again when its folder is gone, or it is released", ({ expect }) => {
    const { claims, cloud } = scratch();
    claimOctet(cloud("a"), claims);
    claimOctet(cloud("b"), claims);
    rmSync(cloud("a"), { recursive: true });
    expect(claimOctet(cloud("c"), claims)).toBe(2);
    releaseOctet(cloud("b"), claims);
    expect(claimOctet(cloud("d"), claims)).toBe(3);
  });

  test("may run out, with a sentence that says what to do", ({ expect }) => {
    const { claims, cloud } = scratch();
    mkdirSync(claims);
    for (let octet = FIRST_OCTET; octet <= LAST_OCTET; octet += 1) {
      writeFileSync(join(claims, String(octet)), `${cloud("held")}\n`);
    }
    expect(() => claimOctet(cloud("a"), claims)).toThrow("flotilla local down --purge");
  });

  test("is claimed in the cache that the environment names", ({ expect }) => {
    expect(octetDir({ FLOTILLA_CACHE: "/c" })).toBe("/c/octets");
    expect(octetDir({ XDG_CACHE_HOME: "/x" })).toBe("/x/flotilla/octets");
    expect(octetDir({})).toMatch(/\/\.cache\/flotilla\/octets$/);
  });
});
