/**
 * The list of integrations that every copy of the AI SDK reads at every call, with one more in it.
 *
 * An app may fill the list, or put another in its place, before and after: it keeps what it put there, and ours is in it too.
 */

const name = "AI_SDK_TELEMETRY_INTEGRATIONS";

/** @returns what takes it out again */
export function addIntegration(integration: object): () => void {
  const before = Reflect.getOwnPropertyDescriptor(globalThis, name);
  let list = withIntegration(valueOf(before), integration);
  if (before?.configurable === false) {
    // The app's own property stays as it is; a list can be added to all the same.
    Reflect.set(globalThis, name, list);
    return () => remove(list, integration);
  }
  Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: true,
    get: () => list,
    set: (value: unknown) => {
      list = withIntegration(value, integration);
    },
  });
  return () => {
    remove(list, integration);
    const value = list;
    Object.defineProperty(globalThis, name, {
      configurable: true,
      enumerable: true,
      writable: true,
      value,
    });
  };
}

const valueOf = (property: PropertyDescriptor | undefined): unknown =>
  property?.get === undefined ? property?.value : Reflect.get(globalThis, name);

/** The app's list itself, that what is added to it later counts; a copy of one that cannot be added to. */
function withIntegration(value: unknown, integration: object): unknown[] {
  if (!Array.isArray(value)) return [integration];
  if (value.includes(integration)) return value;
  if (!Object.isExtensible(value)) return [...(value as unknown[]), integration];
  value.push(integration);
  return value;
}

function remove(list: unknown[], integration: object): void {
  const at = list.indexOf(integration);
  if (at !== -1 && !Object.isFrozen(list)) list.splice(at, 1);
}
