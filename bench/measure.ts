/** Measures one work: every side in a process of its own, taking turns, so that all see the same machine. */
import { fileURLToPath } from "node:url";
import { keepCoreBusy } from "./busy-core.ts";
import { type Column, Contestant, type Failure } from "./contestant.ts";
import { llamaFile, type LlamaType } from "./llama-files.ts";
import { Side } from "./side.ts";
import { ceiling, type Command, type Work } from "./works.ts";

export interface Row {
  readonly work: Work;
  readonly ours: Column | Failure;
  /** Undefined: not measured, since there is no Python. */
  readonly f32: Column | Failure | undefined;
  /** Undefined: not measured, since the processor or the work has no bf16. */
  readonly bf16: Column | Failure | undefined;
  /** llama.cpp; undefined: no Python that has it, or the work is not done with it. */
  readonly llama: Readonly<Record<LlamaType, Column | Failure>> | undefined;
  /** Our rate of matrix products measured between the repetitions, operations a second. */
  readonly ceiling: number;
}

export interface Machine {
  readonly python: string | undefined;
  /** Whether the processor multiplies bf16 by itself; else that column is left out. */
  readonly hasBf16: boolean;
  readonly llamaPython: string | undefined;
  readonly threads: number;
  readonly repetitions: number | undefined;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function measure(work: Work, folder: string, machine: Machine): Promise<Row> {
  const { python, threads, hasBf16 } = machine;
  const common = { ...work.command, threads };
  const peer = (dtype: string): Contestant | undefined =>
    python === undefined ? undefined : peerSide(python, { ...common, dtype });
  const ours = ourSide({ ...common, folder });
  const f32 = peer("f32");
  const bf16 = hasBf16 && work.bf16 !== undefined ? peer(work.bf16) : undefined;
  const llama = await llamaSides(work, folder, machine);
  const product = ourSide({ ...ceiling, threads });
  const all = [ours, f32, bf16, ...Object.values(llama ?? {}), product].filter(
    (contestant) => contestant !== undefined,
  );
  await takeTurns(all, work, machine.repetitions ?? work.repetitions);
  return {
    work,
    ours: ours.column(work),
    f32: f32?.column(work),
    bf16: bf16?.column(work),
    llama: llama && {
      f32: llama.f32.column(work),
      bf16: llama.bf16.column(work),
      q8_0: llama.q8_0.column(work),
    },
    ceiling: product.operationsPerSecond(),
  };
}

async function takeTurns(
  all: readonly Contestant[],
  work: Work,
  repetitions: number,
): Promise<void> {
  const stop = work.isCoreBusy ? keepCoreBusy() : undefined;
  try {
    for (let i = 0; i < work.warmUps + repetitions; i++) {
      for (const contestant of all) await contestant.takeTurn();
    }
  } finally {
    stop?.();
    for (const contestant of all) await contestant.close();
  }
}

const ourSide = (command: Command): Contestant =>
  new Contestant(new Side(process.execPath, [here("ours/our-side.ts")], command));

const peerSide = (python: string, command: Command): Contestant =>
  new Contestant(new Side(python, [here("peers/peer.py")], command));

async function llamaSides(
  work: Work,
  folder: string,
  { llamaPython, threads }: Machine,
): Promise<Record<LlamaType, Contestant> | undefined> {
  if (llamaPython === undefined || !work.isBesideLlama) return undefined;
  const side = async (type: LlamaType): Promise<Contestant> => {
    try {
      const file = await llamaFile(llamaPython, folder, type);
      return peerSide(llamaPython, { ...work.command, work: "llama", file, threads });
    } catch (error) {
      return new Contestant({ error: error instanceof Error ? error.message : String(error) });
    }
  };
  return { f32: await side("f32"), bf16: await side("bf16"), q8_0: await side("q8_0") };
}
