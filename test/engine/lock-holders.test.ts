import { expect, test } from "vitest";
import { parseLockHolders } from "../../engine/lock-holders.ts";

/** As the engine prints it. */
const message = `error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///state/.pulumi/locks/organization/flotilla/iad/3b3e.json: created by ann@laptop (pid 4711) at 2026-01-01T10:00:00Z
  file:///state/.pulumi/locks/organization/flotilla/iad/77aa.json: created by Ann Example@host.example (pid 12) at 2026-01-01T10:00:01+01:00`;

test("each lock's holder is a process of a machine", () => {
  expect(parseLockHolders(message)).toEqual([
    { host: "laptop", pid: 4711 },
    { host: "host.example", pid: 12 },
  ]);
});

test("a message without them names nobody", () => {
  expect(
    parseLockHolders("error: [409] Conflict: Another update is currently in progress."),
  ).toEqual([]);
});
