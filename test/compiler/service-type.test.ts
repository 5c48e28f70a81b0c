import { describe, test } from "vitest";
import { parse } from "yaml";
import type { SpecFile } from "../../compiler/compile.ts";
import { createCompiler } from "../../compiler/create-compiler.ts";
import { diagnosticsReference } from "../../compiler/language/reference/diagnostics-reference.ts";
import { specSections } from "../../compiler/language/reference/spec-reference.ts";
import { SERVICE_TYPES } from "../../compiler/services/index.ts";
import type { ServiceType } from "../../compiler/services/service-type.ts";
import { edited, sampleSpecs } from "../../fixtures/sample-specs.ts";
import { fileOf, regionOf } from "../kit/compiled.ts";
import { echo } from "./echo-type.ts";
import { schemaJudge } from "./json-schema.ts";

const types = { ...SERVICE_TYPES, echo };
const compiler = createCompiler(types);

const document = `kind: Service
name: again
type: echo
token: ECHO_TOKEN
regions: { iad: { replicas: 1 } }
`;

function withEcho(text = document): SpecFile[] {
  return [...sampleSpecs(), { path: "specs/services/again.yaml", text }];
}

function codesOf(text: string): string[] {
  return compiler
    .validate(withEcho(text))
    .filter(({ file }) => file === "specs/services/again.yaml")
    .map(({ code }) => code);
}

describe("a service type that the product doesn't have", () => {
  test("is unknown to the product's own compiler", ({ expect }) => {
    const found = createCompiler(SERVICE_TYPES).validate(withEcho());
    expect(found.map(({ code }) => code)).toEqual(["E113"]);
  });

  test("compiles: process, file, volume, check and secret", ({ expect }) => {
    const desired = regionOf(compiler.compile(withEcho(), { stack: "iad" }));
    const host = desired.hosts[0];
    expect(fileOf(desired, "iad-0", "/flotilla/etc/echo.conf")).toBe(
      "name iad-0\npeer iad-0.host.kv._metadata.acme.internal\n",
    );
    const project: unknown = parse(fileOf(desired, "iad-0", "/flotilla/etc/process-compose.yaml"));
    expect(project).toMatchObject({
      processes: {
        again: {
          entrypoint: [
            "/flotilla/bin/run",
            "ECHO,ECHO_TOKEN",
            "--",
            "/flotilla/bin/echo",
            "/flotilla/etc/echo.conf",
          ],
          environment: ["ECHO=on"],
          availability: { restart: "always" },
          readiness_probe: { http_get: { port: "7007", path: "/ready" } },
          shutdown: { signal: 15, timeout_seconds: 9 },
        },
        "worker-0": {
          environment: expect.arrayContaining([
            "ECHO_URL=http://iad-0.host.kv._metadata.acme.internal:7007",
          ]),
          // `run` takes from a process what it isn't told to keep.
          entrypoint: expect.arrayContaining([expect.stringMatching(/\bECHO_URL\b/)]),
        },
      },
    });
    const before = regionOf(compiler.compile(sampleSpecs(), { stack: "iad" })).hosts[0];
    expect(host?.volume?.sizeGb).toBe((before?.volume?.sizeGb ?? 0) + 1);
    expect(host?.config.checks["echo"]).toMatchObject({ port: 7007, path: "/ready" });
    expect(host?.secrets).toContain("ECHO_TOKEN");
    expect(desired.check.checkers["/flotilla/etc/echo.conf"]?.program).toBe("echo");
    expect(compiler.compile(withEcho(), { stack: "global" })).toMatchObject({
      desired: { secrets: expect.arrayContaining(["ECHO_TOKEN"]) },
    });
  });

  test("can be routed to", ({ expect }) => {
    const files = edited(
      withEcho(),
      "specs/services/caddy.yaml",
      "routes: # first match wins\n",
      "routes:\n  - { path: [/echo], to: again }\n",
    );
    const desired = regionOf(compiler.compile(files, { stack: "iad" }));
    expect(fileOf(desired, "iad-0", "/flotilla/etc/caddy.json")).toContain(
      "iad-3.host.kv._metadata.acme.internal:7007",
    );
  });

  test("has its own rules and those of every server", ({ expect }) => {
    expect(codesOf(document)).toEqual([]);
    expect(codesOf(document.replace("name: again", "name: echo"))).toEqual(["E399"]);
    expect(codesOf(document.replace("token: ECHO_TOKEN", "password: X"))).toEqual(["E107"]);
    const password = withEcho(document.replace("token: ECHO_TOKEN", "password: X"));
    expect(compiler.validate(password).map(({ hint }) => hint)).toEqual(["Write `token`."]);
    expect(codesOf(`${document}stop_timeout: 1s\n`)).toEqual(["E326"]);
    expect(codesOf(`${document}scale_strategy: local\n`)).toEqual(["E306"]);
    expect(codesOf(`${document}memory_gb: 101\n`)).toEqual(["E110"]);
    expect(codesOf(document.replace("ECHO_TOKEN", "ORIGIN_KEY"))).toEqual(["E328"]);
    const own = edited(withEcho(), "specs/services/worker.yaml", "QUEUE: jobs", "ECHO_URL: mine");
    expect(compiler.validate(own).map(({ code }) => code)).toEqual(["E315"]);
    expect(codesOf(document.replace("ECHO_TOKEN", "ECHO_URL"))).toEqual(["E315"]);
    const clash = edited(withEcho(), "specs/services/worker.yaml", "http: 9100", "http: 7007");
    expect(compiler.validate(clash)).toMatchObject([
      { code: "E403", message: expect.stringContaining("port 7007 is Echo's") },
    ]);
  });

  test("is in the editor's schema, with its rules", ({ expect }) => {
    const problemsOf = schemaJudge(compiler.specJsonSchema());
    expect(problemsOf(parse(document))).toEqual([]);
    expect(problemsOf(parse(`${document}scale_strategy: local`))).not.toEqual([]);
    expect(problemsOf(parse(`${document}autoscale: {}`))).not.toEqual([]);
  });

  test("is in the reference documentation", ({ expect }) => {
    const section = specSections(types).find(({ title }) => title === "Service: Echo");
    expect(section?.rows.map(({ label, unit, fallback }) => [label, unit, fallback])).toEqual(
      expect.arrayContaining([
        ["memory_gb", "GB", "1"],
        ["token", "", "required"],
      ]),
    );
    expect(diagnosticsReference(compiler, [])).toContain("**Echo of itself.** It would never end.");
  });

  test("is in the plan of a change", ({ expect }) => {
    const planned = compiler.planChange(sampleSpecs(), withEcho());
    if (!planned.ok) throw new Error("it compiles");
    const { secrets, stacks } = planned.change;
    expect(secrets.added).toEqual(["ECHO_TOKEN"]);
    const iad = stacks.find(({ stack }) => stack === "iad");
    expect(iad?.hosts[0]).toMatchObject({ host: "iad-0", comes: ["again"] });
    expect(iad?.volumes).toMatchObject([{ host: "iad-0", effect: "grow" }]);
    const image = edited(withEcho(), "specs/fleet.yaml", "sha256:4f53", "sha256:5f53");
    const rebooted = compiler.planChange(withEcho(), image);
    if (!rebooted.ok) throw new Error("it compiles");
    expect(rebooted.change.stacks.flatMap(({ pauses }) => pauses)).toContain(
      "Echo (again) of iad pauses while iad-0 reboots",
    );
  });

  test("checks a spec once, however many stacks are compiled and on both sides of a change", ({
    expect,
  }) => {
    let checks = 0;
    const counting = createCompiler({
      ...SERVICE_TYPES,
      echo: {
        ...echo,
        check: () => {
          checks += 1;
          return [];
        },
      },
    });
    const spec = counting.read(withEcho());
    for (const stack of ["global", "iad", "fra"]) expect(spec.compile({ stack }).ok).toBe(true);
    spec.validate();
    expect(checks).toBe(1);
    expect(counting.planChange(withEcho(), withEcho()).ok).toBe(true);
    expect(checks).toBe(3);
  });

  test("a forgotten side is a type error", ({ expect }) => {
    type Forgetful = Omit<typeof echo, "storage">;
    // @ts-expect-error -- `storage` is missing
    const isComplete: Forgetful extends ServiceType ? true : false = true;
    expect(isComplete).toBe(true);
  });
});
