import { z } from "zod";

/** One argument or value: a single line. */
export const argument = z.string().refine((text) => !/\p{Cc}/u.test(text), {
  error: "has a control character",
  params: { code: "E110", hint: "Arguments are single lines of text." },
});
