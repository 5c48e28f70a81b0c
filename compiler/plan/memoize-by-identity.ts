/**
 * Makes a function that works once per object and then remembers: hosts of one shape share plans, texts and lists, so
 * ten thousand of them cost as much as the few shapes they have.
 */
export function oncePer<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known.value;
    const value = make(key);
    made.set(key, { value });
    return value;
  };
}
