/**
 * Returns a function that computes once per object and remembers the result as long as the returned function lives. Hosts
 * of one shape share plans, texts and lists, so ten thousand of them cost as much as the few shapes they have.
 */
export function memoizeByIdentity<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known.value;
    const value = make(key);
    made.set(key, { value });
    return value;
  };
}
