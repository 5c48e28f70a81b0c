import { expect, test } from "vitest";

import { slotsOfEnvironment } from "../../../../providers/fly/machine/slot-environment.ts";

test.each([
  [{}, {}, {}],
  [{ FLOTILLA_SLOTS: "" }, {}, {}],
  [{ FLOTILLA_SLOTS: "worker=4", ACTIVE_WORKER: "2" }, { worker: 4 }, { worker: 2 }],
  [
    { FLOTILLA_SLOTS: "mail-sender=2 worker=8", ACTIVE_MAIL_SENDER: "1" },
    { "mail-sender": 2, worker: 8 },
    { "mail-sender": 1, worker: 0 },
  ],
  // A service that FLOTILLA_SLOTS doesn't name has no slots.
  [{ FLOTILLA_SLOTS: "worker=4", ACTIVE_OTHER: "3" }, { worker: 4 }, { worker: 0 }],
  [{ FLOTILLA_SLOTS: "worker=many", ACTIVE_WORKER: "two" }, { worker: 0 }, { worker: 0 }],
])("the environment %j has slots %j, of which %j are on", (environment, slots, active) => {
  expect(slotsOfEnvironment(environment)).toEqual({ slots, active });
});
