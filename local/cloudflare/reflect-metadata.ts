/**
 * The three functions of the metadata reflection proposal that @peculiar/x509's injector (tsyringe) insists on.
 * No other code here decorates classes, so only what the injector itself reads back is implemented.
 */

type ClassMetadata = Map<unknown, unknown>;

interface MetadataReflection {
  defineMetadata(key: unknown, value: unknown, target: object): void;
  getOwnMetadata(key: unknown, target: object): unknown;
  getMetadata(key: unknown, target: object): unknown;
}

const reflection = Reflect as typeof Reflect & Partial<MetadataReflection>;

if (!reflection.getMetadata) {
  const byTarget = new WeakMap<object, ClassMetadata>();
  const own = (key: unknown, target: object) => byTarget.get(target)?.get(key);
  const functions: MetadataReflection = {
    defineMetadata(key, value, target) {
      byTarget.set(target, (byTarget.get(target) ?? new Map<unknown, unknown>()).set(key, value));
    },
    getOwnMetadata: own,
    getMetadata(key, target) {
      for (
        let owner: object | null = target;
        owner;
        owner = Object.getPrototypeOf(owner) as object | null
      ) {
        const value = own(key, owner);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
  Object.assign(reflection, functions);
}
