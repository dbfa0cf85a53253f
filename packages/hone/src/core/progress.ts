/** How far a piece of work is, for the program that shows it. */
export interface Progress {
  readonly what: string;
  /** The part that is done, from 0 to 1. */
  readonly share?: number;
  /** The speed with its unit: "12.1 MB/s", "410 tokens/s". */
  readonly rate?: string;
  readonly secondsLeft?: number;
}

export type OnProgress = (progress: Progress) => void;

/**
 * Turns shares (0 to 1) into progress with the time left, by the mean pace since the meter was made.
 * @param total  the whole amount and its unit, to report a rate
 */
export function progressMeter(
  what: string,
  report: OnProgress | undefined,
  total?: { readonly amount: number; readonly unit: string },
): (share: number) => void {
  const start = performance.now();
  return (share) => {
    const seconds = (performance.now() - start) / 1000;
    const isKnown = share > 0 && seconds > 0.2;
    report?.({
      what,
      share,
      ...(isKnown ? { secondsLeft: (seconds * (1 - share)) / share } : {}),
      ...(isKnown && total !== undefined
        ? { rate: `${((share * total.amount) / seconds).toPrecision(3)} ${total.unit}/s` }
        : {}),
    });
  };
}
