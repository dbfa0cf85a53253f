/** What has to be done when the event loop is empty, by one listener of the process, however many there are. */

const waiting = new Set<() => void>();
let isListening = false;

/**
 * Runs it once, when the process would end by itself; what it begins keeps the process alive.
 *
 * @returns what takes it back
 */
export function beforeExit(run: () => void): () => void {
  waiting.add(run);
  if (!isListening) {
    isListening = true;
    process.once("beforeExit", runAll);
  }
  return () => void waiting.delete(run);
}

function runAll(): void {
  isListening = false;
  const all = [...waiting];
  // Each once: a store that never answers would be waited for again and again.
  waiting.clear();
  for (const run of all) run();
}
