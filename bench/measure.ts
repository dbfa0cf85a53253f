/** Measures one work: every side in a process of its own, taking turns, so that all see the same machine. */
import { fileURLToPath } from "node:url";
import { keepCoreBusy } from "./busy-core.ts";
import { type Repetition, Side } from "./side.ts";
import { ceiling, type Command, type Work } from "./works.ts";

export interface Column {
  /** Median of a repetition, divided by the work's divisor. */
  readonly seconds: number;
  readonly peakMemoryMb: number;
  /** Of that, before the model existed: what the libraries take by being there. */
  readonly baselineMemoryMb: number;
}

export interface Row {
  readonly work: Work;
  readonly ours: Column | Failure;
  /** Undefined: not measured, since there is no Python. */
  readonly f32: Column | Failure | undefined;
  readonly bf16: Column | Failure | undefined;
  /** Our rate of matrix products measured between the repetitions, operations a second. */
  readonly ceiling: number;
}

export interface Failure {
  readonly error: string;
}

export interface Machine {
  readonly python: string | undefined;
  readonly threads: number;
  readonly repetitions: number | undefined;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function measure(work: Work, folder: string, machine: Machine): Promise<Row> {
  const { python, threads } = machine;
  const common = { ...work.command, threads };
  const peer = (dtype: string): Contestant | undefined =>
    python === undefined
      ? undefined
      : new Contestant(python, here("peers/peer.py"), { ...common, dtype });
  const ours = ourSide({ ...common, folder });
  const f32 = peer("f32");
  const bf16 = peer(work.bf16);
  const product = ourSide({ ...ceiling, threads });
  const stop = work.isCoreBusy ? keepCoreBusy() : undefined;
  const all = [ours, f32, bf16, product].filter((contestant) => contestant !== undefined);
  try {
    for (let i = 0; i < work.warmUps + (machine.repetitions ?? work.repetitions); i++) {
      for (const contestant of all) await contestant.takeTurn();
    }
  } finally {
    stop?.();
    for (const contestant of all) await contestant.close();
  }
  const column = (contestant: Contestant | undefined) => contestant?.column(work);
  return {
    work,
    ours: column(ours)!,
    f32: column(f32),
    bf16: column(bf16),
    ceiling: product.operationsPerSecond(),
  };
}

const ourSide = (command: Command): Contestant =>
  new Contestant(process.execPath, here("ours/our-side.ts"), command);

/** A side with its repetitions so far; after an error it sits out. */
class Contestant {
  readonly #side: Side;
  readonly #repetitions: Repetition[] = [];
  #error: string | undefined;

  constructor(program: string, script: string, command: Command) {
    this.#side = new Side(program, [script], command);
  }

  async takeTurn(): Promise<void> {
    if (this.#error !== undefined) return;
    try {
      this.#repetitions.push(await this.#side.repetition());
    } catch (error) {
      this.#error = error instanceof Error ? error.message : String(error);
    }
  }

  close(): Promise<void> {
    return this.#side.close();
  }

  column({ warmUps, divisor }: Work): Column | Failure {
    const last = this.#repetitions.at(-1);
    if (this.#error !== undefined || last === undefined)
      return { error: this.#error ?? "no repetition" };
    const seconds =
      median(this.#repetitions.slice(warmUps).map((repetition) => repetition.seconds)) / divisor;
    return { seconds, peakMemoryMb: last.peakMemoryMb, baselineMemoryMb: last.baselineMemoryMb };
  }

  operationsPerSecond(): number {
    return (
      1e9 * median(this.#repetitions.map((repetition) => repetition.gigaOperationsPerSecond ?? 0))
    );
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
