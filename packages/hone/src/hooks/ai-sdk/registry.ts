/**
 * Adds an integration to the global list that every copy of the AI SDK reads at every call.
 *
 * The app may fill the list, or replace it by another one, before and after: the integration is added to that one too.
 */

const name = "AI_SDK_TELEMETRY_INTEGRATIONS";

/** @returns a function that removes the integration */
export function addIntegration(integration: object): () => void {
  const before = Reflect.getOwnPropertyDescriptor(globalThis, name);
  let list = withIntegration(valueOf(before), integration);
  if (before?.configurable === false) {
    // The app made the list of integrations a property that cannot be redefined, but it can be set.
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

/** The app's own list, so that integrations it adds later count; a copy where the list cannot be added to. */
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
