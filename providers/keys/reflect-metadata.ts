/**
 * The three functions of the `reflect-metadata` proposal that @peculiar/x509's dependency injection asks for at
 * import. Import this file before it.
 */

const store = new WeakMap<object, Map<unknown, unknown>>();

function getOwnMetadata(key: unknown, target: object): unknown {
  return store.get(target)?.get(key);
}

function getMetadata(key: unknown, target: object): unknown {
  for (
    let at: object | null = target;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    if (store.get(at)?.has(key) === true) return getOwnMetadata(key, at);
  }
  return undefined;
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const own = store.get(target) ?? new Map<unknown, unknown>();
  store.set(target, own.set(key, value));
}

// The real package, if another module loaded it first, stays in place.
if (!("getMetadata" in Reflect))
  Object.assign(Reflect, { getMetadata, getOwnMetadata, defineMetadata });
