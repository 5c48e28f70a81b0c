import { ROLES } from "../model/token.ts";
import type { Role } from "../model/token.ts";

/** Does a token of role `has` get what needs `needs`? */
export function allows(has: Role, needs: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needs);
}
