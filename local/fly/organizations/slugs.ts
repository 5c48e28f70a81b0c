/** The organizations of this cloud: `personal`, and those that have apps. */
import type { FlyStore } from "../store/store.ts";

export function organizationSlugs(store: FlyStore): readonly string[] {
  return [...new Set(["personal", ...store.apps.all().map(({ organization }) => organization)])];
}
