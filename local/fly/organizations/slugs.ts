/** Organizations: those that have apps, and `personal`. */
import type { FlyStore } from "../store/store.ts";

export function organizationSlugs(store: FlyStore): readonly string[] {
  return [...new Set(["personal", ...store.apps.all().map(({ organization }) => organization)])];
}
