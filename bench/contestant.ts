/** A side in the comparison of one work. */
import { median } from "./median.ts";
import type { Repetition, Side } from "./side.ts";
import type { Work } from "./works.ts";

export interface Column {
  /** Median of a repetition, divided by the work's divisor. */
  readonly seconds: number;
  /** Likewise, of the processor over all threads. */
  readonly processorSeconds: number;
  readonly peakMemoryMb: number;
  /** Of that, before the model existed: what the libraries take by being there. */
  readonly baselineMemoryMb: number;
}

export interface Failure {
  readonly error: string;
}

/** A side with its repetitions so far; after an error it sits out. */
export class Contestant {
  readonly #side: Side | undefined;
  readonly #repetitions: Repetition[] = [];
  #error: string | undefined;

  /** A side that could not even be made sits out from the start. */
  constructor(side: Side | Failure) {
    if ("error" in side) this.#error = side.error;
    else this.#side = side;
  }

  async takeTurn(): Promise<void> {
    if (this.#side === undefined || this.#error !== undefined) return;
    try {
      this.#repetitions.push(await this.#side.repetition());
    } catch (error) {
      this.#error = error instanceof Error ? error.message : String(error);
    }
  }

  async close(): Promise<void> {
    await this.#side?.close();
  }

  column({ warmUps, divisor }: Work): Column | Failure {
    const last = this.#repetitions.at(-1);
    if (this.#error !== undefined || last === undefined)
      return { error: this.#error ?? "no repetition" };
    const measured = this.#repetitions.slice(warmUps);
    const seconds = median(measured.map((one) => one.seconds)) / divisor;
    const processorSeconds = median(measured.map((one) => one.processorSeconds)) / divisor;
    return {
      seconds,
      processorSeconds,
      peakMemoryMb: last.peakMemoryMb,
      baselineMemoryMb: last.baselineMemoryMb,
    };
  }

  operationsPerSecond(): number {
    return (
      1e9 * median(this.#repetitions.map((repetition) => repetition.gigaOperationsPerSecond ?? 0))
    );
  }
}
