/** Shows the SDK an object of the app with some fields replaced, whatever the object is made of: getters, a prototype, frozen. */

/**
 * A proxy whose fields are read from the object at the moment they are asked for.
 *
 * @param seen  returns what is shown as a field, given the field's key and value
 */
export function readThrough(
  target: object,
  seen: (key: PropertyKey, own: unknown) => unknown,
): object {
  // A proxy of the object itself could not show another value for a frozen field.
  return new Proxy(
    {},
    {
      get: (_, key) => seen(key, Reflect.get(target, key, target)),
      set: (_, key, value) => Reflect.set(target, key, value, target),
      has: (_, key) => Reflect.has(target, key),
      ownKeys: () => Reflect.ownKeys(target),
      getPrototypeOf: () => Reflect.getPrototypeOf(target),
      getOwnPropertyDescriptor: (_, key) => {
        const own = Reflect.getOwnPropertyDescriptor(target, key);
        return own && { ...own, configurable: true };
      },
    },
  );
}
