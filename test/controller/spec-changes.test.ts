import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { auditListSchema } from "../../controller/model/audit.ts";
import { problemSchema } from "../../controller/model/problem.ts";
import { changeSchema, serviceSchema } from "../../controller/model/spec.ts";
import { SpecsError } from "../../controller/specs/repository.ts";
import { openRemote } from "../../controller/specs/remote-repository.ts";
import { openDesk, copySampleSpecs } from "./desk.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";
import type { Desk } from "./desk.ts";

const run = promisify(execFile);

/** A remote with the sample's specs on main, and a checkout of it. */
async function openRemoteDesk(): Promise<
  Desk & { git: (...args: string[]) => Promise<string>; work: string; remote: string }
> {
  const dir = scratchFolder();
  const remote = join(dir, "remote.git");
  const work = join(dir, "work");
  await run("git", ["init", "--quiet", "--bare", "--initial-branch=main", remote]);
  await run("git", ["init", "--quiet", "--initial-branch=main", work]);
  const git = async (...args: string[]): Promise<string> => {
    const identity = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"];
    return (await run("git", ["-C", work, ...identity, ...args])).stdout;
  };
  await cp(await copySampleSpecs(), join(work, "specs"), { recursive: true });
  await writeFile(join(work, "README.md"), "not a spec\n");
  await git("add", ".");
  await git("commit", "--quiet", "-m", "first");
  await git("push", "--quiet", remote, "main");
  const stateDir = scratchFolder();
  const specs = await openRemote({ remote, branch: "main", folder: "specs", stateDir });
  const desk = await openDesk({ specs, stateDir });
  await desk.loop.follow(false);
  return Object.assign(desk, { git, work, remote });
}

async function caddy(desk: Desk): Promise<{ text: string; etag: string }> {
  const answer = await desk.call("GET", "/v1/spec/services/caddy");
  return { text: answer.as(serviceSchema).text, etag: answer.headers.get("etag") ?? "" };
}

test("a service's new document is a small diff, committed with author and reason, and pushed", async () => {
  const desk = await openRemoteDesk();
  const { text, etag } = await caddy(desk);
  const changed = text
    .replace("replicas: 2, min: 1, max: 4", "replicas: 3, min: 2, max: 4")
    .replaceAll(/ +#.*/g, "");
  const answer = await desk.call("PUT", "/v1/spec/services/caddy", {
    body: { text: changed, reason: "more visitors" },
    headers: { "if-match": etag },
  });
  expect(answer.status).toBe(200);
  const { changed: isChanged, revision } = answer.as(changeSchema);
  expect(isChanged).toBe(true);
  await desk.git("pull", "--quiet", desk.remote, "main");
  const log = await desk.git("log", "-1", "--format=%an|%s|%H", "-p");
  expect(log).toContain("the operator|more visitors|");
  const lines = log.split("\n").filter((line) => /^[+-][^+-]/.test(line));
  expect(lines).toEqual([
    "-  iad: { replicas: 2, min: 1, max: 4 }",
    "+  iad: { replicas: 3, min: 2, max: 4 }",
  ]);
  expect(log).toContain(revision);
  expect(await desk.git("show", "HEAD:README.md")).toBe("not a spec\n");
  expect(await desk.audit()).toMatchObject([
    { action: "service.put", result: "begun" },
    {
      action: "service.put",
      result: "done",
      reason: "more visitors",
      after: { revision },
    },
  ]);
});

test("a dry run shows diff and plan and stores nothing", async () => {
  const desk = await openRemoteDesk();
  const { text, etag } = await caddy(desk);
  const answer = await desk.call("PUT", "/v1/spec/services/caddy?dry_run=true", {
    body: { text: text.replace("replicas: 2", "replicas: 3"), reason: "try" },
    headers: { "if-match": etag },
  });
  const tried = answer.as(changeSchema);
  expect(tried).toMatchObject({ dry_run: true, changed: true });
  expect(tried.diff).toContain("+  iad: { replicas: 3, min: 1, max: 4 }");
  expect(tried.plan).toMatchObject({
    stacks: [{ stack: "global" }, { stack: "fra" }, { stack: "iad" }],
  });
  expect(
    (await run("git", ["-C", desk.remote, "log", "--oneline", "main"])).stdout.split("\n"),
  ).toHaveLength(2);
});

test("somebody else's push in between is a conflict that stores nothing", async () => {
  const desk = await openRemoteDesk();
  const { text, etag } = await caddy(desk);
  // The other one's push comes after our look at the branch and before our own.
  const draft = desk.specs.draft.bind(desk.specs);
  Object.assign(desk.specs, {
    draft: async (...args: Parameters<typeof draft>) => {
      await writeFile(
        join(desk.work, "specs/services/worker.yaml"),
        (await readFile(join(desk.work, "specs/services/worker.yaml"), "utf8")).replace(
          "max: 8",
          "max: 7",
        ),
      );
      await desk.git("commit", "--quiet", "-am", "theirs");
      await desk.git("push", "--quiet", desk.remote, "main");
      return draft(...args);
    },
  });
  const { status, body } = await desk.call("PUT", "/v1/spec/services/caddy", {
    body: { text: text.replace("replicas: 2", "replicas: 3"), reason: "mine" },
    headers: { "if-match": etag },
  });
  expect(status).toBe(409);
  expect(body).toMatchObject({ code: "conflict" });
  const { stdout } = await run("git", ["-C", desk.remote, "log", "--format=%s", "main"]);
  expect(stdout.trim().split("\n")).toEqual(["theirs", "first"]);
});

test("what doesn't compile is refused with the compiler's diagnostics", async () => {
  const desk = await openRemoteDesk();
  const { text, etag } = await caddy(desk);
  const { status, body } = await desk.call("PUT", "/v1/spec/services/caddy", {
    body: { text: text.replace("replicas: 2", "replicas: 9"), reason: "too much" },
    headers: { "if-match": etag },
  });
  expect(status).toBe(422);
  expect(body).toMatchObject({
    code: "invalid_spec",
    diagnostics: [{ code: "E304", file: "services/caddy.yaml", line: 8 }],
  });
});

test("nobody overwrites what he hasn't seen", async () => {
  const desk = await openRemoteDesk();
  const { text } = await caddy(desk);
  const put = async (headers: Record<string, string>): Promise<string> => {
    const body = { text, reason: "r" };
    const answer = await desk.call("PUT", "/v1/spec/services/caddy", { body, headers });
    return answer.as(problemSchema).code;
  };
  expect(await put({})).toBe("precondition_required");
  expect(await put({ "if-match": '"0123"' })).toBe("stale");
  expect(await put({ "if-none-match": "*" })).toBe("stale");
});

test("a branch that went back is refused without a flag", async () => {
  const desk = await openRemoteDesk();
  const { text, etag } = await caddy(desk);
  await desk.call("PUT", "/v1/spec/services/caddy", {
    body: { text: text.replace("replicas: 2", "replicas: 3"), reason: "mine" },
    headers: { "if-match": etag },
  });
  await desk.loop.follow(false);
  await desk.git("push", "--quiet", "--force", desk.remote, "main");
  const refused = await desk.call("POST", "/v1/reconcile", { body: { reason: "go" } });
  expect(refused.status).toBe(409);
  expect(refused.body).toMatchObject({ code: "older_commit" });
  const { status } = await desk.call("POST", "/v1/reconcile", {
    body: { reason: "go back", allow_older: true },
  });
  expect(status).toBe(202);
});

/**
 * Pushes no longer come back: as if the controller had ended over one.
 *
 * @returns when one has come so far, and how to push again
 */
function cutOffPush(
  { specs }: Desk,
  isPushed: boolean,
): { readonly cut: Promise<void>; readonly accept: Desk["specs"]["accept"] } {
  const accept = specs.accept.bind(specs);
  const cut = new Promise<void>((reached) => {
    const cutOff: typeof accept = async (...args) => {
      if (isPushed) await accept(...args);
      reached();
      return new Promise(() => undefined);
    };
    Object.assign(specs, { accept: cutOff });
  });
  return { cut, accept };
}

test.each([
  ["after its push is found again by its key", true],
  ["before its push is done anew", false],
])("a request cut off %s", async (_, isPushed) => {
  const desk = await openRemoteDesk();
  const messages = async (): Promise<string[]> =>
    (await run("git", ["-C", desk.remote, "log", "--format=%s", "main"])).stdout.trim().split("\n");
  const { text, etag } = await caddy(desk);
  const request = {
    body: { text: text.replace("replicas: 2", "replicas: 3"), reason: "mine" },
    headers: { "if-match": etag, "idempotency-key": "k1" },
  };
  // The controller ends in the middle: what it had begun is noted, and it never hears how the push went.
  const { cut, accept } = cutOffPush(desk, isPushed);
  void desk.call("PUT", "/v1/spec/services/caddy", request);
  await cut;
  expect(await messages()).toEqual(isPushed ? ["mine", "first"] : ["first"]);
  const [begun] = await desk.store.begunAnswers();
  const [token] = await desk.store.tokens();
  if (token === undefined || begun === undefined) throw new Error("nothing had begun");

  const again = await openDesk({ specs: Object.assign(desk.specs, { accept }) });
  await again.store.commit([
    { put: "token", token },
    { put: "answer", answer: begun },
  ]);
  await again.api.recover();
  const secret = await desk.token("operator");
  const repeated = await again.call("PUT", "/v1/spec/services/caddy", {
    ...request,
    token: secret,
  });
  expect(repeated.status).toBe(200);
  expect(repeated.headers.get("idempotency-replayed")).toBe(isPushed ? "true" : null);
  expect(await messages()).toEqual(["mine", "first"]);
  const audit = await again.call("GET", "/v1/audit", { token: secret });
  const { entries } = audit.as(auditListSchema);
  expect(entries[0]).toMatchObject({ action: "recover", result: isPushed ? "done" : "failed" });
});

test("one without a key that was cut off is settled by itself, and named in the audit log", async () => {
  const desk = await openRemoteDesk();
  const { text, etag } = await caddy(desk);
  const { cut, accept } = cutOffPush(desk, true);
  void desk.call("PUT", "/v1/spec/services/caddy", {
    body: { text: text.replace("replicas: 2", "replicas: 3"), reason: "mine" },
    headers: { "if-match": etag },
  });
  await cut;
  const [begun] = await desk.store.begunAnswers();
  if (begun === undefined) throw new Error("nothing had begun");
  const again = await openDesk({ specs: Object.assign(desk.specs, { accept }) });
  await again.store.commit([{ put: "answer", answer: begun }]);
  await again.api.recover();
  expect(await again.audit()).toMatchObject([
    { action: "recover", result: "done", after: { revision: (await desk.specs.newest()).commit } },
  ]);
  expect(await again.store.begunAnswers()).toEqual([]);
});

test("one without a key that goes through leaves nothing to settle", async () => {
  const desk = await openRemoteDesk();
  const { text, etag } = await caddy(desk);
  const body = { text: text.replace("replicas: 2", "replicas: 3"), reason: "mine" };
  const headers = { "if-match": etag };
  expect((await desk.call("PUT", "/v1/spec/services/caddy", { body, headers })).status).toBe(200);
  expect(await desk.store.begunAnswers()).toEqual([]);
});

test("a plain folder is written in place, and an edit by hand in between is a conflict", async () => {
  const desk = await openDesk();
  await desk.loop.follow(false);
  const { text, etag } = await caddy(desk);
  const body = { text: text.replace("replicas: 2", "replicas: 3"), reason: "more" };
  const { status } = await desk.call("PUT", "/v1/spec/services/caddy", {
    body,
    headers: { "if-match": etag },
  });
  expect(status).toBe(200);
  const file = join(desk.folder, "services/caddy.yaml");
  expect(await readFile(file, "utf8")).toBe(body.text);
  await writeFile(file, body.text.replace("replicas: 3", "replicas: 4"));
  const stale = await desk.call("PUT", "/v1/spec/services/caddy", {
    body,
    headers: { "if-match": etag },
  });
  expect(stale.status).toBe(412);
});

test("without the remote, what was followed before holds on after a restart", async () => {
  const storePath = join(scratchFolder(), "store.sqlite");
  const first = await openDesk({ storePath });
  const { revision } = await first.loop.follow(false);
  const newest: typeof first.specs.newest = async () => Promise.reject(new SpecsError("no remote"));
  const specs = Object.assign(first.specs, { newest });
  const again = await openDesk({ storePath, specs });
  await expect(again.loop.follow(false)).rejects.toThrow("no remote");
  const token = await first.token("operator");
  const answer = await again.call("GET", "/v1/status", { token });
  expect(answer.body).toMatchObject({ revision: revision.commit, trouble: ["no remote"] });
});

test("before any commit can be run, an answer says so and to come back", async () => {
  const desk = await openDesk();
  const answer = await desk.call("GET", "/v1/status");
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("2");
  expect(answer.as(problemSchema).code).toBe("not_ready");
});
