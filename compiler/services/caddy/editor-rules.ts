import {
  adding,
  exactlyOne,
  infraOnly,
  needsScalable,
  noName,
  unique,
} from "../../model/editor-rules.ts";
import type { EditorRule, EditorRules } from "../../model/editor-rules.ts";
import { HOP_HEADERS, OWN_REQUEST_HEADERS } from "./headers.ts";

export const CADDY_EDITOR_RULES: EditorRules = {
  "": adding({ dependencies: needsScalable }),
  ".routes[]": adding({
    ...exactlyOne("to", "root"),
    dependencies: {
      port: ["to"],
      index: ["root"],
      fallback: ["root"],
      root: { properties: { headers: { properties: { request: { not: {} } } } } },
    },
  }),
  ".routes[].headers.request": noHeader([...HOP_HEADERS, ...OWN_REQUEST_HEADERS]),
  ".routes[].headers.response": noHeader(HOP_HEADERS),
  ".routes[].index": unique,
  ".routes[].path": unique,
  ".scale_strategy": infraOnly,
};

/** E334. Headers don't differ by case, and patterns of JSON Schema have no flag for it. */
function noHeader(names: readonly string[]): EditorRule {
  const anyCase = names.map((name) =>
    name.replaceAll(/[a-z]/gu, (letter) => `[${letter}${letter.toUpperCase()}]`),
  );
  return noName(`^(${anyCase.join("|")})$`);
}
