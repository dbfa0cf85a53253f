/** The talk with the bench, as peers/conversation.py has it: one JSON command a line in, one JSON answer a line out. */
import { createInterface } from "node:readline";
import type { LinearModule } from "../../packages/hone/src/engine/models/architecture.ts";
import type { Command, ModelShape } from "../works.ts";

export interface OurCommand extends Command {
  /** The model folder. */
  readonly folder: string;
  readonly threads: number;
  readonly shape: ModelShape;
  readonly batch: number;
  readonly length: number;
  readonly tokens: number;
  readonly promptLength?: number;
  readonly rollouts: number;
  readonly groupSize: number;
  readonly lengths: readonly number[];
  readonly rank: number;
  readonly targets: readonly LinearModule[];
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly repeats: number;
}

/** What a repetition gives beside its time; `seconds` replaces the measured one. */
export interface Done {
  readonly seconds?: number;
  readonly gigaOperationsPerSecond?: number;
}

export interface PreparedWork {
  repetition(): Promise<Done | void>;
  close(): Promise<void>;
}

/** Prepares once, then does one repetition per line. */
export async function converse(
  prepare: (command: OurCommand) => Promise<PreparedWork>,
): Promise<void> {
  let work: PreparedWork | undefined;
  let repetition = 0;
  let baselineMemoryMb = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      if (work === undefined) {
        baselineMemoryMb = peakMemory();
        work = await prepare(JSON.parse(line) as OurCommand);
      }
      const start = performance.now();
      const before = process.cpuUsage();
      const done = await work.repetition();
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(before);
      repetition++;
      console.log(
        JSON.stringify({
          seconds,
          processorSeconds: (user + system) / 1e6,
          ...done,
          repetition,
          peakMemoryMb: peakMemory(),
          baselineMemoryMb,
        }),
      );
    } catch (error) {
      console.log(
        JSON.stringify({ error: error instanceof Error ? error.message : String(error) }),
      );
      process.exitCode = 1;
      break;
    }
  }
  await work?.close();
}

/** Largest resident size so far in MB. */
const peakMemory = (): number => Math.round(process.resourceUsage().maxRSS / 1024);
