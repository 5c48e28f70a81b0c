import { describe, test } from "vitest";
import { translate } from "../../../local/machines/translate.ts";

const translation = {
  root: "/tmp/c/machines/a1/flotilla",
  address: "127.7.9.1",
  resolve: (name: string): string | undefined =>
    ({
      "iad-1.host.kv._metadata.acme.internal": "127.7.9.2",
      "3d8d9014f32d18.vm.acme.internal": "127.7.9.1",
      "fra.acme.internal": "127.7.7.1",
    })[name],
};

describe("translated", () => {
  test.for([
    // the guest's root
    ["/flotilla/etc/nats.conf", "/tmp/c/machines/a1/flotilla/etc/nats.conf"],
    ["--dir=/flotilla/data/pb", "--dir=/tmp/c/machines/a1/flotilla/data/pb"],
    ['{"root": "/flotilla"}', '{"root": "/tmp/c/machines/a1/flotilla"}'],
    ["[/flotilla/bin/run, -]", "[/tmp/c/machines/a1/flotilla/bin/run, -]"],
    ["PATH=/bin:/flotilla/bin", "PATH=/bin:/tmp/c/machines/a1/flotilla/bin"],
    // the wildcard
    ["[::]:8080", "127.7.9.1:8080"],
    ["[::]", "127.7.9.1"],
    ['{"listen": ["[::]:8444"]}', '{"listen": ["127.7.9.1:8444"]}'],
    ["--http=[::]:8090", "--http=127.7.9.1:8090"],
    // the loopback
    ["nats://127.0.0.1:4222", "nats://127.7.9.1:4222"],
    ["127.0.0.1", "127.7.9.1"],
    ["127.0.0.1/32", "127.7.9.1/32"],
    // names
    ["iad-1.host.kv._metadata.acme.internal:8090", "127.7.9.2:8090"],
    ["nats-leaf://u@iad-1.host.kv._metadata.acme.internal:7422", "nats-leaf://u@127.7.9.2:7422"],
    ["http://3d8d9014f32d18.vm.acme.internal/", "http://127.7.9.1/"],
    ["fra.acme.internal", "127.7.7.1"],
    // together, and often
    [
      "/flotilla/a [::]:1 127.0.0.1:2 fra.acme.internal:3 /flotilla/b",
      "/tmp/c/machines/a1/flotilla/a 127.7.9.1:1 127.7.9.1:2 127.7.7.1:3 /tmp/c/machines/a1/flotilla/b",
    ],
  ] as const)("%s", ([text, expected], { expect }) => {
    expect(translate(text, translation)).toBe(expected);
  });
});

describe("left alone", () => {
  test.for([
    "/srv/flotilla/x",
    "https://example.com/flotilla/x",
    "/flotilla-old/x",
    "/flotilla.bak",
    "flotilla/x",
    "${ROOT}/flotilla/x",
    "127.0.0.10:80",
    "127.0.0.1.example.com",
    "1127.0.0.1",
    "127.0.0.0/8",
    "::",
    "[::1]:80",
    "0.0.0.0:80",
    "localhost:80",
    "iad-9.host.kv._metadata.other.internal",
    "acme.internal",
    "acme.internals",
    "fra.acme.internal.example.com",
    "_api.internal:4280",
  ])("%s", (text, { expect }) => {
    expect(translate(text, translation)).toBe(text);
  });

  test("what is already translated", ({ expect }) => {
    const once = translate("/flotilla/data [::]:1 fra.acme.internal", translation);
    expect(translate(once, translation)).toBe(once);
  });
});
