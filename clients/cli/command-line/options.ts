import { InvalidArgumentError } from "commander";

/** The value of an option that is a number. */
export function numeric(value: string): number {
  const parsed = Number(value);
  if (value === "" || !Number.isFinite(parsed) || parsed < 0) {
    throw new InvalidArgumentError("a number from 0");
  }
  return parsed;
}
