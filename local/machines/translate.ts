/**
 * Process Machines share this computer's files, loopback interface and names, so a Machine's configuration is translated to
 * its own share of them. In files, environment values and argument lists exactly four things are translated:
 *
 * | written | becomes |
 * |---|---|
 * | `/flotilla` as the start of a path | the Machine's own root |
 * | `[::]`, alone or with a port | its loopback address |
 * | `127.0.0.1` | the same |
 * | `….internal` names of this cloud's apps | the address of that Machine or slot |
 */

export interface Translation {
  /** Absolute path that replaces `/flotilla`. */
  readonly root: string;
  /** `127.c.r.h`. */
  readonly address: string;
  /** Returns the address of a `*.internal` name; undefined leaves the name as it is. */
  readonly resolve: (name: string) => string | undefined;
}

/** Matches neither the middle of another path (`/srv/flotilla`) nor the start of another name (`/flotilla-old`). */
const GUEST_ROOT = /(?<![\w./}~*-])\/flotilla(?![\w-]|\.[\w])/g;
const WILDCARD = /\[::\]/g;
const LOOPBACK = /(?<![\d.])127\.0\.0\.1(?!\d|\.\w)/g;
const INTERNAL = /(?<![\w.-])[a-z0-9][\w-]*(?:\.[\w-]+)*\.internal(?![\w-]|\.[\w])/g;

export function translate(text: string, { root, address, resolve }: Translation): string {
  return text
    .replace(INTERNAL, (name) => resolve(name) ?? name)
    .replace(LOOPBACK, address)
    .replace(WILDCARD, address)
    .replace(GUEST_ROOT, () => root);
}

export function translateValues(
  values: Readonly<Record<string, string>>,
  translation: Translation,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, translate(value, translation)]),
  );
}
