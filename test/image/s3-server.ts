/**
 * As much of S3 as PocketBase's backups use: PUT, GET, HEAD, DELETE and a list, with the bucket in the path, in memory.
 * Every request must be signed with the one key it knows (AWS Signature Version 4).
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface S3Server extends AsyncDisposable {
  readonly url: string;
  /** `bucket/key` → content. */
  readonly objects: ReadonlyMap<string, Buffer>;
  /** `bucket/key` of everything that was ever put, in order. */
  readonly puts: readonly string[];
}

export async function startS3(
  host: string,
  key: { readonly accessKey: string; readonly secret: string },
): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const puts: string[] = [];
  async function serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(incoming).catch(() => undefined);
    // Its PocketBase was stopped in the middle: what came of it is no object.
    if (body === undefined) return;
    const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://s3");
    const name = decodeURIComponent(pathname.slice(1));
    if (!isSigned(incoming, key)) {
      answer.writeHead(403).end("<Error><Code>SignatureDoesNotMatch</Code></Error>");
    } else if (incoming.method === "PUT") {
      objects.set(name, body);
      puts.push(name);
      answer.writeHead(200, { etag: '"0"' }).end();
    } else if (incoming.method === "DELETE") {
      objects.delete(name);
      answer.writeHead(204).end();
    } else if (searchParams.has("list-type")) {
      answer.end(listOf(objects, name, searchParams.get("prefix") ?? ""));
    } else {
      const object = objects.get(name);
      answer.writeHead(object ? 200 : 404, object ? { "content-length": object.length } : {});
      answer.end(incoming.method === "HEAD" ? undefined : object);
    }
  }
  const server = createServer((incoming, answer) => void serve(incoming, answer));
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    objects,
    puts,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function listOf(objects: ReadonlyMap<string, Buffer>, bucket: string, prefix: string): string {
  const start = `${bucket.replace(/\/$/, "")}/`;
  const found = [...objects].filter(([name]) => name.startsWith(start + prefix));
  const contents = found.map(
    ([name, { length }], index) =>
      `<Contents><Key>${name.slice(start.length)}</Key><Size>${length}</Size><ETag>"0"</ETag>` +
      `<LastModified>${new Date(index * 1000).toISOString()}</LastModified></Contents>`,
  );
  return `<?xml version="1.0"?><ListBucketResult><KeyCount>${found.length}</KeyCount>${contents.join("")}</ListBucketResult>`;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function isSigned(
  { method = "", url = "/", headers }: IncomingMessage,
  { accessKey, secret }: { readonly accessKey: string; readonly secret: string },
): boolean {
  const [, scope = "", names = "", given = ""] =
    /Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)/.exec(
      headers.authorization ?? "",
    ) ?? [];
  const [id, ...parts] = scope.split("/");
  if (id !== accessKey) return false;
  const [path = "/", query = ""] = url.split("?");
  const canonical = [
    method,
    path,
    query.split("&").toSorted().join("&"),
    ...names.split(";").map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    names,
    String(headers["x-amz-content-sha256"]),
  ].join("\n");
  const digest = createHash("sha256").update(canonical).digest("hex");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], parts.join("/"), digest].join("\n");
  const signingKey = parts.reduce<string | Buffer>(
    (so, part) => createHmac("sha256", so).update(part).digest(),
    `AWS4${secret}`,
  );
  const right = createHmac("sha256", signingKey).update(text).digest();
  const signature = Buffer.from(given, "hex");
  return signature.length === right.length && timingSafeEqual(signature, right);
}
