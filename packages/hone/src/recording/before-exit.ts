/** What has to be done when the event loop is empty, by one listener of the process, however many there are. */

/** Resolves to whether it did all there was in its time. */
export type BeforeExit = () => Promise<boolean>;

const waiting = new Set<BeforeExit>();
let isListening = false;

/**
 * Runs it when the process would end by itself, and again whenever it would after it went on; what it begins keeps the
 * process alive. One that did not get ready in its time is not run again: a store that never answers would be waited for again
 * and again.
 *
 * @returns what takes it back
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
  // Now in front: what we begin makes the app's listeners run again, and what those record each time must not make us begin
  // again, or the process would never end.
  if (isListening) process.prependOnceListener("beforeExit", runAll);
  for (const run of waiting) void runOne(run);
}

async function runOne(run: BeforeExit): Promise<void> {
  if (!(await run())) waiting.delete(run);
}
