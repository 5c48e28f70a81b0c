import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, it } from "vitest";
import { reduceEvent, startProgress } from "../../engine/progress.ts";

const urn =
  "urn:pulumi:iad::flotilla::flotilla:region:RegionStack$flotilla:host:StackHost$pulumi-nodejs:dynamic/fly:Machine::iad-0-machine";

function event(part: object): EngineEvent {
  return { sequence: 1, timestamp: 0, ...part };
}

function step(op: string): object {
  return { metadata: { op, urn, type: "", provider: "" } };
}

describe("reduceEvent", () => {
  it("follows a resource from running to done", () => {
    const start = startProgress("iad");
    const running = reduceEvent(start, event({ resourcePreEvent: step("create") }));
    expect([...running.resources.values()]).toEqual([
      { urn, label: "Machine iad-0", component: false, op: "create", status: "running" },
    ]);
    const done = reduceEvent(running, event({ resOutputsEvent: step("create") }));
    expect(done.resources.get(urn)?.status).toBe("done");
    expect(running.resources.get(urn)?.status).toBe("running");
    expect(start.resources.size).toBe(0);
  });

  it("marks what failed and keeps the words, without the engine's colour marks", () => {
    const failed = [
      event({ resourcePreEvent: step("update") }),
      event({ resOpFailedEvent: { ...step("update"), status: 1, steps: 1 } }),
      event({
        diagnosticEvent: {
          severity: "error",
          message: "<{%fg 1%}>no capacity<{%reset%}>\n",
          color: "",
        },
      }),
    ].reduce(reduceEvent, startProgress("iad"));
    expect(failed.resources.get(urn)?.status).toBe("failed");
    expect(failed.errors).toEqual(["no capacity"]);
  });

  it("keeps each warning once, however often the program says it", () => {
    const warning = event({
      diagnosticEvent: { severity: "warning", message: "W201: worker shares a host\n", color: "" },
    });
    const after = [warning, warning].reduce(reduceEvent, startProgress("iad"));
    expect(after.warnings).toEqual(["W201: worker shares a host"]);
  });

  it("counts reads and unchanged resources as seen only", () => {
    const after = [
      event({ resourcePreEvent: step("refresh") }),
      event({ resOutputsEvent: step("same") }),
    ].reduce(reduceEvent, startProgress("iad"));
    expect(after.resources.size).toBe(0);
    expect(after.seen).toBe(1);
  });

  it("takes the target from the program's first line and the counts from the summary", () => {
    const after = [
      event({
        diagnosticEvent: {
          severity: "info",
          message: "target: local cloud 127.0.0.1:4280 personal/acme\n",
          color: "",
        },
      }),
      event({
        summaryEvent: {
          maybeCorrupt: false,
          durationSeconds: 1,
          resourceChanges: { create: 3 },
          policyPacks: {},
        },
      }),
    ].reduce(reduceEvent, startProgress("iad"));
    expect(after.target).toBe("local cloud 127.0.0.1:4280 personal/acme");
    expect(after.changes).toEqual({ create: 3 });
  });
});
