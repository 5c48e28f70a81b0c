import type { Code } from "../../text/diagnostic.ts";
import type { CodeText } from "../service-type.ts";

/** Codes of diagnostics that only this type gives; docs/diagnostics.md lists all. */
export const POCKETBASE_CODES = {
  E307: {
    title: "More than one PocketBase for a data set",
    why: "PocketBase keeps its data in one SQLite file: two of them would be two products that look like one.",
  },
  E308: {
    title: "Writer region that can't be the writer",
    why: "With `single-writer` the one copy of the data lives in that region, so it needs exactly one replica there and none elsewhere.",
  },
  E336: {
    title: "Backups that delete each other",
    why: "PocketBase keeps the last `max_keep` automatic backups of its bucket, whoever made them: a region would delete another region's.",
  },
  E407: {
    title: "Regional data without regional hostnames",
    why: "A shared hostname answers from the nearest region, so a visitor who travels would meet another database.",
  },
  W308: {
    title: "No backup off the host",
    why: "A volume lies on one server: with the server its data is lost, and with it the backups that lie beside it.",
  },
} as const satisfies Readonly<Record<Code, CodeText>>;
