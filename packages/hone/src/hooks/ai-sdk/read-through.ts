/** An object of the app's as the SDK is to see it, whatever it is made of: getters, a prototype, a frozen literal. */

/**
 * Everything is the object's own, and read from it when it is asked for; what is read may be replaced.
 *
 * @param seen  gives what is seen in a field; its second argument is what stands there
 */
export function readThrough(
  target: object,
  seen: (key: PropertyKey, own: unknown) => unknown,
): object {
  // A proxy of the object itself could not replace what is frozen.
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
