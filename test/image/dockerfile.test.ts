import { access, glob, readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, it } from "vitest";

import { buildFlags, recipes } from "../../toolchain/recipe.ts";
import { imageFolder } from "./programs.ts";

const root = join(imageFolder, "..");

interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of a Dockerfile, continued lines joined, comments dropped. */
async function readDockerfile(): Promise<Instruction[]> {
  const text = await readFile(join(imageFolder, "Dockerfile"), "utf8");
  return text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => ({
      name: line.slice(0, line.indexOf(" ")),
      text: line.slice(line.indexOf(" ") + 1),
    }));
}

/** The instructions of one stage, by its name; "" is the last. */
function stageOf(instructions: readonly Instruction[], name: string): Instruction[] {
  const start = instructions.findIndex(
    ({ name: kind, text }) =>
      kind === "FROM" && (name === "" ? !text.includes(" AS ") : text.endsWith(` AS ${name}`)),
  );
  const length = instructions.slice(start + 1).findIndex(({ name: kind }) => kind === "FROM");
  return instructions.slice(start, length === -1 ? undefined : start + 1 + length);
}

async function readJson(path: string): Promise<Record<string, Record<string, string>>> {
  return JSON.parse(await readFile(join(root, path), "utf8")) as Record<
    string,
    Record<string, string>
  >;
}

describe("image/Dockerfile", () => {
  it.for(["process-compose", "nats-server", "pocketbase", "caddy"] as const)(
    "builds %s as the toolchain does, from its pinned module",
    async (name, { expect }) => {
      const stage = stageOf(await readDockerfile(), name);
      expect(stage.map(({ name: kind }) => kind)).toEqual(["FROM", "COPY", "RUN"]);
      expect(stage[1]?.text).toBe(`toolchain/go/${name} ./`);
      const flags = buildFlags(recipes[name])
        .map((flag) => (flag.includes(" ") ? `"${flag}"` : flag))
        .join(" ");
      expect(stage[2]?.text).toContain(
        ` go build ${flags} -o /out/${name} ${recipes[name].package}`,
      );
      const module = await readFile(join(root, "toolchain/go", name, "go.mod"), "utf8");
      expect(module).toMatch(
        new RegExp(`^require \\S+ v${recipes[name].version.replaceAll(".", "\\.")}$`, "m"),
      );
      const text = await readFile(join(imageFolder, "Dockerfile"), "utf8");
      expect(text).toContain(`# ${name} v${recipes[name].version}`);
      expect(stageOf(await readDockerfile(), "").map(({ text: copy }) => copy)).toContain(
        `--from=${name} /out/${name} bin/`,
      );
    },
  );

  it("uses a Go that the modules accept, and pins every base image by tag", async ({ expect }) => {
    const bases = (await readDockerfile())
      .filter(({ name }) => name === "FROM")
      .map(({ text }) => text.split(" ")[0] ?? "");
    const stages = (await readDockerfile()).flatMap(({ name, text }) =>
      name === "FROM" ? text.split(" AS ").slice(1) : [],
    );
    for (const base of bases.filter((from) => !stages.includes(from)))
      expect(base).toMatch(/^(golang:1\.26-bookworm|node:24-bookworm-slim)$/);
    for await (const module of glob("toolchain/go/*/go.mod", { cwd: root })) {
      expect(await readFile(join(root, module), "utf8")).toMatch(/^go 1\.26$/m);
    }
  });

  it("copies only what is there and sent to the builder", async ({ expect }) => {
    const ignore = (await readFile(join(root, ".dockerignore"), "utf8")).split("\n");
    expect(ignore).toContain("*");
    const sources = (await readDockerfile())
      .filter(({ name, text }) => name === "COPY" && !text.startsWith("--from="))
      .flatMap(({ text }) => text.split(" ").slice(0, -1));
    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources) {
      expect(ignore.some((line) => line.startsWith("!") && source.startsWith(line.slice(1)))).toBe(
        true,
      );
      if (!source.includes("*")) await access(join(root, source));
    }
  });

  it("starts the entry script", async ({ expect }) => {
    expect((await readDockerfile()).at(-1)).toEqual({
      name: "CMD",
      text: '["/flotilla/bin/entry"]',
    });
  });
});

describe("image/app", () => {
  it("has the versions that the repository tests with, and a lock file of them", async ({
    expect,
  }) => {
    const app = await readJson("image/app/package.json");
    const tested = await readJson("package.json");
    const lock = JSON.parse(await readFile(join(imageFolder, "app/package-lock.json"), "utf8")) as {
      packages: Record<
        string,
        { version?: string; dependencies?: Record<string, string>; integrity?: string }
      >;
    };
    expect(Object.keys(app["dependencies"] ?? {}).toSorted()).toEqual([
      "@nats-io/jetstream",
      "@nats-io/transport-node",
      "pocketbase",
    ]);
    for (const [name, version] of Object.entries(app["dependencies"] ?? {})) {
      expect(tested["dependencies"]?.[name]).toBe(version);
      expect(lock.packages[`node_modules/${name}`]?.version).toBe(version);
    }
    expect(lock.packages[""]?.dependencies).toEqual(app["dependencies"]);
    for (const [path, entry] of Object.entries(lock.packages)) {
      if (path !== "") expect(entry.integrity).toMatch(/^sha512-/);
    }
  });

  it("imports nothing but its own packages", async ({ expect }) => {
    const imported = new Set<string>();
    for await (const file of glob("*.ts", { cwd: join(imageFolder, "app") })) {
      const text = await readFile(join(imageFolder, "app", file), "utf8");
      for (const [, specifier = ""] of text.matchAll(/ from "([^"]+)";$/gm))
        imported.add(specifier);
    }
    expect(imported.size).toBeGreaterThan(8);
    const foreign = [...imported].filter(
      (name) =>
        !/^(node:|\.\/[\w-]+\.ts$|@nats-io\/(transport-node|jetstream)$|pocketbase$)/.test(name),
    );
    expect(foreign).toEqual([]);
  });
});
