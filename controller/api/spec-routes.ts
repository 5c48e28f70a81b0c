import { z } from "zod";
import { planChange } from "../../compiler/compile.ts";
import type { SpecFile } from "../../compiler/compile.ts";
import {
  changeSchema,
  serviceRequestSchema,
  serviceSchema,
  specRequestSchema,
  specSchema,
} from "../model/spec.ts";
import type { SpecChange } from "../model/spec.ts";
import { editDocument } from "../specs/document-edit.ts";
import { documentTag, findService, nameOfService } from "../specs/service-document.ts";
import type { Author, Revision } from "../specs/repository.ts";
import type { ApiPorts } from "./ports.ts";
import { assertMatch } from "./preconditions.ts";
import { ProblemError } from "./problem.ts";
import { NO_QUERY, read, write } from "./route.ts";
import type { RouteRequest, MutationResult, Route } from "./route.ts";

const dryRun = z.strictObject({ dry_run: z.enum(["true", "false"]).optional() });
const ifMatch = {
  "If-Match": "The ETag of the version that the change was made from; `*` for any version",
  "If-None-Match": "`*`: only if it doesn't exist yet",
};

export function specRoutes({ specs, loop }: ApiPorts): readonly Route[] {
  /** Plans the change and, unless it is a dry run, makes it the newest revision. */
  async function change(
    base: Revision,
    files: readonly SpecFile[],
    target: string,
    call: RouteRequest<{ readonly reason: string }, z.infer<typeof dryRun>>,
  ): Promise<MutationResult> {
    const { actor, request, now, body, query } = call;
    const author: Author = { name: actor.name, reason: body.reason, request, at: now };
    const planned = planChange(base.files, files);
    if (!planned.ok)
      throw new ProblemError(
        "invalid_spec",
        `the specs don't compile with this change: ${planned.diagnostics.length} diagnostics`,
        { diagnostics: planned.diagnostics },
      );
    const isDry = query.dry_run === "true";
    const draft = await specs.draft(base, files, author);
    const diff = await specs.diff(base.commit, draft);
    const isChanged = diff !== "";
    const isAccepted = isChanged && !isDry;
    if (isAccepted) await specs.accept(base, draft);
    const answer: SpecChange = {
      dry_run: isDry,
      revision: isAccepted ? draft : base.commit,
      changed: isChanged,
      diff,
      plan: planned.change,
      diagnostics: [...planned.diagnostics],
    };
    return {
      reply: { status: 200, body: answer, headers: { etag: `"${answer.revision}"` } },
      changes: [],
      audit: {
        target,
        reason: body.reason,
        before: base.commit,
        after: { revision: answer.revision, diff },
      },
      counts: !isDry,
      afterwards: () => {
        // If the head can't be read, the follower logs it and polls again.
        if (isAccepted) void loop.follow(false).catch(() => undefined);
      },
    };
  }

  return [
    read({
      path: "/v1/spec",
      summary: "The newest spec with all of its files",
      role: "viewer",
      query: NO_QUERY,
      answers: { 200: { description: "The spec; its ETag is the revision", schema: specSchema } },
      async handle() {
        const { commit, files } = await specs.newest();
        return {
          status: 200,
          body: { revision: commit, source: specs.source, files },
          headers: { etag: `"${commit}"` },
        };
      },
    }),
    write({
      method: "put",
      path: "/v1/spec",
      summary: "Replace the whole spec",
      role: "operator",
      action: "spec.put",
      outside: true,
      headers: ifMatch,
      query: dryRun,
      body: specRequestSchema,
      answers: {
        200: { description: "What changed, or would change for a dry run", schema: changeSchema },
      },
      async handle(call) {
        const base = await specs.newest();
        assertMatch(call.header, base.commit);
        const paths = call.body.files.map(({ path }) => path);
        const twice = paths.find((path, index) => paths.indexOf(path) !== index);
        if (twice !== undefined)
          throw new ProblemError("invalid_request", `file ${twice} is given twice`);
        const files = call.body.files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
        return change(base, files, "spec", call);
      },
    }),
    read({
      path: "/v1/spec/services/{name}",
      summary: "The document of one service",
      role: "viewer",
      query: NO_QUERY,
      answers: {
        200: { description: "The document, with an ETag of its own", schema: serviceSchema },
      },
      async handle({ params }) {
        const name = params["name"] ?? "";
        const { commit, files } = await specs.newest();
        const file = findService(files, name);
        if (file === undefined) throw noService(name, files);
        const { path, text } = file;
        return {
          status: 200,
          body: { name, revision: commit, path, text },
          headers: { etag: `"${documentTag(text)}"` },
        };
      },
    }),
    write({
      method: "put",
      path: "/v1/spec/services/{name}",
      summary: "Replace or add the document of one service; comments in its file are kept",
      role: "operator",
      action: "service.put",
      outside: true,
      headers: ifMatch,
      query: dryRun,
      body: serviceRequestSchema,
      answers: {
        200: { description: "What changed, or would change for a dry run", schema: changeSchema },
      },
      async handle(call) {
        const name = call.params["name"] ?? "";
        const base = await specs.newest();
        const file = findService(base.files, name);
        assertMatch(call.header, file === undefined ? undefined : documentTag(file.text));
        const { text } = call.body;
        const named = nameOfService(text);
        if (named !== undefined && named !== name)
          throw new ProblemError(
            "invalid_request",
            `the document names service ${named}, the address names ${name}: a service can't be renamed this way; add the new one and remove the old one`,
          );
        const path = file?.path ?? `services/${name}.yaml`;
        const edited: SpecFile = {
          path,
          text: file === undefined || named === undefined ? text : editDocument(file.text, text),
        };
        const others = base.files.filter((each) => each.path !== path);
        const files = [...others, edited].toSorted((a, b) => (a.path < b.path ? -1 : 1));
        return change(base, files, `service ${name}`, call);
      },
    }),
  ];
}

function noService(name: string, files: readonly SpecFile[]): ProblemError {
  const names = files.flatMap(({ text }) => nameOfService(text) ?? []);
  return new ProblemError(
    "not_found",
    `there is no service ${name}: the spec has ${names.join(", ") || "none"}`,
  );
}
