/** Runs work when the event loop is empty, with a single listener of the process for all of it. */

/** Resolves to false when its time was over before its work was done. */
export type BeforeExit = () => Promise<boolean>;

const waiting = new Set<BeforeExit>();
let isListening = false;

/**
 * Runs the work each time the process is about to end by itself; what the work starts keeps the process alive. Work that was
 * not done in its time is not run again, or a store that never answers would be waited for again and again.
 *
 * @returns a function that removes it
 */
export function beforeExit(run: BeforeExit): () => void {
  waiting.add(run);
  if (!isListening) {
    isListening = true;
    process.once("beforeExit", runAll);
  }
  return () => void waiting.delete(run);
}

function runAll(): void {
  isListening = waiting.size > 0;
  // Listens in front of the app from now on. This work makes the app's listeners run once more; if what they record then
  // started this work again, the process would never end.
  if (isListening) process.prependOnceListener("beforeExit", runAll);
  for (const run of waiting) void runOne(run);
}

async function runOne(run: BeforeExit): Promise<void> {
  if (!(await run())) waiting.delete(run);
}
