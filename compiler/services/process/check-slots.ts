import type { Diagnostic } from "../../text/diagnostic.ts";
import { diagnose, hasPath } from "../../text/source.ts";
import type { ProcessService } from "./service.ts";

/**
 * Numbers that are fine one by one can multiply to files of gigabytes, so larger files aren't rendered. The limit is far
 * above what Fly is known to take, which W402 is about.
 */
const MOST_CHARACTERS = 2_000_000;

/** E412: a host's project has every slot with its whole command and environment. */
export function checkSlots(service: ProcessService): Diagnostic[] {
  const characters = slotCharacters(service) * service.maxPerHost;
  if (characters <= MOST_CHARACTERS) return [];
  return [
    diagnose(service.source, {
      code: "E412",
      path: hasPath(service.source, ["max_per_host"]) ? ["max_per_host"] : ["command"],
      message: `${service.maxPerHost} slots with this command and environment fill ${Math.ceil(characters / 1e6)} MB of a host's file`,
      hint: "Put what is long into a file of the image, or lower `max_per_host`.",
    }),
  ];
}

function slotCharacters({ command, environment, secrets }: ProcessService): number {
  // Each text stands in a line of its own, with quotes, dash and indentation.
  const texts = [...command, ...secrets, ...Object.entries(environment).flat()];
  return texts.reduce((sum, text) => sum + text.length + 12, 0);
}
