/** Messages from the cloud's process to the one that started it, over their IPC channel. */
import { z } from "zod";
import { cloudInfoSchema } from "./options.ts";

export const cloudMessageSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready"), info: cloudInfoSchema }),
  z.object({ kind: z.literal("failed"), message: z.string() }),
]);

export type CloudMessage = z.infer<typeof cloudMessageSchema>;
