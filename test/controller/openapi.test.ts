import { expect, test } from "vitest";
import { renderOpenApi } from "../../controller/api/openapi.ts";
import { openDesk } from "./desk.ts";

test("docs/openapi.json is fresh: `npm run docs` writes it", async () => {
  const { api } = await openDesk();
  const text = `${JSON.stringify(renderOpenApi(api.routes), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot("../../docs/openapi.json");
});

test("the served document is the checked-in one, and every reference in it leads somewhere", async () => {
  const desk = await openDesk();
  const { body } = await desk.call("GET", "/openapi.json");
  expect(body).toEqual(JSON.parse(JSON.stringify(renderOpenApi(desk.api.routes))));
  const { components } = body as { components: { schemas: Record<string, unknown> } };
  const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  expect(references.length).toBeGreaterThan(20);
  for (const [, name] of references) expect(components.schemas).toHaveProperty(name ?? "");
});
