/** A store by its address, opened for one piece of work. */
import type { HoneError } from "../../core/errors.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { openStore } from "../open-store.ts";

/** A store by its address. `onProblem` is called once for each trace in it that cannot be read. */
export interface StoreAt {
  readonly url: string;
  /** Default: a warning of the process. */
  readonly onProblem?: (problem: HoneError) => void;
}

/**
 * Opens a store that is there, uses it, and closes it.
 * @throws as `openStore`; STORE_NOT_FOUND
 */
export async function withStore<T>(
  { url, ...options }: StoreAt,
  use: (store: TraceStore) => Promise<T>,
): Promise<T> {
  const store = await openStore(url, { ...options, mustExist: true });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
