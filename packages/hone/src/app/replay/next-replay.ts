/**
 * How a process that answers task after task takes up the recording of the next one. The preload and the code that asks are
 * loaded apart, so that they share a symbol.
 */
const symbol = Symbol.for("hone.nextReplay");

const place = globalThis as { [symbol]?: () => Promise<void> };

/** Says how the next recording is taken up in this process. */
export function onNextReplay(take: () => Promise<void>): void {
  place[symbol] = take;
}

/** Reads the file of the replay again in this thread; nothing where tools run. */
export const takeNextReplay = async (): Promise<void> => place[symbol]?.();
