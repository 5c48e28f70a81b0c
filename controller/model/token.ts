import { z } from "zod";
import { instant } from "./shapes.ts";

/** Each may do what those before it may. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export const roleSchema = z.enum(ROLES);
export type Role = z.infer<typeof roleSchema>;

/** What the store keeps of a token: never the token itself. */
export const tokenSchema = z.strictObject({
  id: z.string(),
  /** Who holds it; the author of what is done with it. */
  name: z.string(),
  role: roleSchema,
  /** SHA-256, hex. A token has 256 random bits: no salt or slow hash is needed. */
  hash: z.string(),
  created_at: instant,
  revoked_at: instant.optional(),
});
export type Token = z.infer<typeof tokenSchema>;
