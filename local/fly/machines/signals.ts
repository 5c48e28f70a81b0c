/** Signals as clients write them: a name with or without `SIG`, or fly-go's number. */
import { constants } from "node:os";

/** `SIGTERM` of `TERM`, `SIGTERM` or 15; undefined for anything else. */
export function signalName(signal: string | number): string | undefined {
  if (typeof signal === "number") {
    return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  }
  const upper = signal.toUpperCase();
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  return name in constants.signals ? name : undefined;
}
