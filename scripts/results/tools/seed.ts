/** One seed of the tool agent: a process, so that seeds cannot share anything. Prints its result as JSON on the last line. */
import { grpo, sft, train } from "hone-rl";
import type { ToolLoopAnswer } from "hone-rl/agents";
import { agent, expertEpisode, heldOut, known, type Question, reward, settings } from "./shop.ts";

export interface SeedCommand {
  readonly seed: number;
  readonly threads: number;
  /** The run folder. */
  readonly out: string;
  readonly sftSteps: number;
  readonly grpoSteps: number;
  /** GRPO's rate; SFT has another. */
  readonly grpoRate: number;
}

/** A number with its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The held-out questions at one moment of the run. */
export interface Measured {
  /** "start", "after sft", "after grpo". */
  readonly name: string;
  readonly success: Interval;
  /** Shares of the questions of which a reply was right, by the reply. */
  readonly parts: Readonly<Record<string, number>>;
}

export interface SeedResult {
  readonly seed: number;
  readonly measured: readonly Measured[];
  /** What GRPO added to the success. */
  readonly gained: Interval;
  /** Minutes on the clock, and of the processor over all threads. */
  readonly minutes: number;
  readonly processorMinutes: number;
}

/** The number of expert episodes that SFT learns from. */
export const EXPERTS = 100;

if (import.meta.main) {
  const command = JSON.parse(process.argv[2]!) as SeedCommand;
  console.log(JSON.stringify(await result(command)));
}

async function result({ seed, threads, out, ...steps }: SeedCommand): Promise<SeedResult> {
  const start = performance.now();
  const conversations = known.slice(0, EXPERTS).map(expertEpisode);
  const measured: Measured[] = [];
  const { difference } = await train<Question, ToolLoopAnswer>({
    model: "tiny",
    agent,
    tasks: { train: known, test: heldOut },
    reward,
    algorithm: [
      sft({
        conversations,
        settings: conversations.map(() => settings),
        steps: steps.sftSteps,
        batchSize: 8,
        learningRate: 1e-3,
      }),
      grpo({
        steps: steps.grpoSteps,
        groupSize: 8,
        groupsPerStep: 6,
        learningRate: steps.grpoRate,
      }),
    ],
    // The words of a new model; calls and tools are words, too.
    texts: known.map((question) => JSON.stringify([settings, expertEpisode(question)])),
    sampling: { maxTokens: 32 },
    ...{ seed, threads, out },
    onEvent: (event) => {
      if (event.kind !== "evaluated") return;
      const { success, components } = event.evaluation;
      const parts = Object.fromEntries(
        Object.entries(components).map(([name, { value }]) => [name, value]),
      );
      measured.push({ name: event.name, success, parts });
      console.error(JSON.stringify(measured.at(-1)));
    },
  });
  const { user, system } = process.cpuUsage();
  return {
    ...{ seed, measured, gained: difference.success },
    minutes: (performance.now() - start) / 60_000,
    processorMinutes: (user + system) / 60e6,
  };
}
