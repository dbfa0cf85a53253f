/** Work that is cheaper for many items at once: those that are asked for while a pass runs wait, and are done together in the next. */

/**
 * A function of one item, made of a function of many.
 * @param work  results in the order of its items; where it throws, the items of that pass fail with its error, and later ones do not
 * @returns what is asked of it in one turn of the event loop, or while a pass runs, is one pass
 * @example const valueOf = runPending((rows) => client.values(rows)); // await Promise.all(rows.map(valueOf)): one pass
 */
export function runPending<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
): (item: Item) => Promise<Result> {
  const waiting: { readonly item: Item; readonly done: PromiseWithResolvers<Result> }[] = [];
  let isRunning = false;
  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      // What else is asked for in this turn of the event loop goes along.
      await new Promise((resolve) => setImmediate(resolve));
      const some = waiting.splice(0);
      try {
        const results = await work(some.map(({ item }) => item));
        some.forEach(({ done }, i) => done.resolve(results[i]!));
      } catch (error) {
        for (const { done } of some) done.reject(error);
      }
    }
    isRunning = false;
  };
  return (item) => {
    const done = Promise.withResolvers<Result>();
    waiting.push({ item, done });
    if (!isRunning) {
      isRunning = true;
      void run();
    }
    return done.promise;
  };
}
