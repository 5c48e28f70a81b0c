import { z } from "zod";
import { instant } from "./shapes.ts";

/** Each role may do what the roles before it may. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export const roleSchema = z.enum(ROLES);
export type Role = z.infer<typeof roleSchema>;

/** Whether a token of role `has` may do what needs role `needs`. */
export function allows(has: Role, needs: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needs);
}

/** A token as the store keeps it: without its secret. */
export const tokenSchema = z.strictObject({
  id: z.string(),
  /** Name of its holder: the author of whatever is done with it. */
  name: z.string(),
  role: roleSchema,
  /** SHA-256 of the secret, hex. A secret has 256 random bits, so it needs no salt and no slow hash. */
  hash: z.string(),
  created_at: instant,
  revoked_at: instant.optional(),
});
export type Token = z.infer<typeof tokenSchema>;
