/**
 * Cron expressions as PocketBase reads them: five segments, or one of its macros.
 * Source: https://pkg.go.dev/github.com/pocketbase/pocketbase/tools/cron#NewSchedule
 */

/** Numbers of minute, hour, day, month and day of the week. */
const SEGMENTS = [
  "[0-5]?[0-9]",
  "([01]?[0-9]|2[0-3])",
  "(0?[1-9]|[12][0-9]|3[01])",
  "(0?[1-9]|1[0-2])",
  "[0-6]",
];

const MACROS = "@(yearly|annually|monthly|weekly|daily|midnight|hourly)";

/** All but what no pattern can say: that a range goes upwards. */
export const CRON_PATTERN = `^(${MACROS}|${SEGMENTS.map(segmentPattern).join(" ")})$`;

/** A step is at most the segment's last number, and not for a single one. */
function segmentPattern(number: string): string {
  const part = `((\\*|${number}-${number})(/(?!0+([ ,]|$))${number})?|${number})`;
  return `${part}(,${part})*`;
}

export function isCron(text: string): boolean {
  if (!new RegExp(CRON_PATTERN, "u").test(text)) return false;
  return [...text.matchAll(/([0-9]+)-([0-9]+)/gu)].every(
    ([, from, to]) => Number(from) <= Number(to),
  );
}
