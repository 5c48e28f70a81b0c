const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}:\d{2}:)(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/u;

const DAY_MILLISECONDS = 86_400_000;

/**
 * Returns an RFC 3339 time as seconds since 1970 in UTC, undefined if the text is none. `Date.parse` alone would refuse
 * leap seconds (`:60`), drop what is finer than a millisecond and take days that a month doesn't have.
 */
export function parseInstant(text: string): number | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", minutes = "", second = "", ...rest] = match;
  const [fraction = "0", sign, hours = "0", offsetMinutes = "0"] = rest as (string | undefined)[];
  const minute = Date.parse(`${year}-${month}-${day}T${minutes}00Z`);
  // `Date.parse` takes 24:00 for the end of a day.
  if (Number.isNaN(minute) || minutes.startsWith("24") || Number(second) > 60) return undefined;
  if (Number(day) > daysIn(Number(year), Number(month))) return undefined;
  const offset = (Number(hours) * 60 + Number(offsetMinutes)) * (sign === "-" ? -60 : 60);
  return minute / 1000 + Number(second) + Number(`0.${fraction}`) - offset;
}

/** Days repeat every 400 years; `Date.UTC` takes years below 100 for others. */
function daysIn(year: number, month: number): number {
  const cycle = 2000 + (year % 400);
  return (Date.UTC(cycle, month) - Date.UTC(cycle, month - 1)) / DAY_MILLISECONDS;
}
