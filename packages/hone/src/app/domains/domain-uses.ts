/** Counts who uses a domain in this process, so that the last of them releases what its environments share. */
import type { Task } from "../../core/rollout.ts";
import type { DomainDefinition } from "../../environments/domain.ts";
import { domainFailed } from "./import-domain.ts";
import { isHoneError } from "../../core/errors.ts";

/** How many open domains were made of a definition. */
const uses = new WeakMap<object, number>();

/**
 * Counts one more use of a definition.
 * @param name as the user named it, for errors
 * @returns ends this use, once; the last one calls the definition's `close`. It rejects with DOMAIN_FAILED when that throws
 */
export function useDomain<T extends Task>(
  name: string,
  definition: DomainDefinition<T>,
): () => Promise<void> {
  uses.set(definition, (uses.get(definition) ?? 0) + 1);
  let isEnded = false;
  return async () => {
    if (isEnded) return;
    isEnded = true;
    const left = uses.get(definition)! - 1;
    uses.set(definition, left);
    if (left === 0) await closed(name, definition);
  };
}

async function closed<T extends Task>(name: string, { close }: DomainDefinition<T>): Promise<void> {
  try {
    await close?.();
  } catch (error) {
    throw isHoneError(error) ? error : domainFailed(name, "it was closed", error);
  }
}
