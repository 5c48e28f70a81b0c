import { RESERVED_NAME_PATTERN } from "../../catalog/reserved-names.ts";
import {
  adding,
  exactlyOne,
  needs,
  needsScalable,
  noName,
  noPlatformSecret,
  unique,
  when,
} from "../../model/editor-rules.ts";
import type { EditorRules } from "../../model/editor-rules.ts";

export const PROCESS_EDITOR_RULES: EditorRules = {
  "": adding({
    dependencies: {
      ...needsScalable,
      max_per_host: needs("scale_strategy", "local"),
      spread: needs("scale_strategy", "local"),
      readiness_probe: { properties: { restart: { const: "always" } } },
    },
    allOf: [
      when(needs("scale_strategy", "local"), { required: ["max_per_host"] }),
      when(needs("restart", "no"), {
        properties: { max_restarts: { const: 0 }, restart_delay: { not: {} } },
      }),
    ],
  }),
  ".depends_on": unique,
  ".environment": noName(RESERVED_NAME_PATTERN),
  ".readiness_probe": adding(exactlyOne("http", "exec")),
  ".regions.*.environment": noName(RESERVED_NAME_PATTERN),
  ".secrets": unique,
  ".secrets[]": noPlatformSecret,
};
