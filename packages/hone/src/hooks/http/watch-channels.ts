/** Listens to diagnostics channels, on which Node and undici tell of the requests that are made. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { safely } from "../../recording/safely.ts";

/**
 * Calls a handler for each message of its channel. A fault of a handler stays within it: an error in a subscriber would end the
 * process.
 *
 * @param handlers  by the names of their channels
 * @returns a function that ends it
 */
export function watchChannels<Message>(
  handlers: Readonly<Record<string, (message: Message) => void>>,
): () => void {
  const guarded = Object.entries(handlers).map(([name, handle]) => {
    const listener = (message: unknown): void => {
      safely(() => handle(message as Message));
    };
    return [name, listener] as const;
  });
  for (const [name, listener] of guarded) subscribe(name, listener);
  return () => {
    for (const [name, listener] of guarded) unsubscribe(name, listener);
  };
}
