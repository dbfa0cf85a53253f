/** One seed of the tool agent: a process, so that seeds cannot share anything. Prints its result as JSON on the last line. */
import { grpo, sft, train } from "hone-rl";
import type { ToolLoopAnswer } from "hone-rl/agents";
import { agent, expertEpisodes, heldOut, known, type Question, reward, settings } from "./shop.ts";

export interface SeedCommand {
  readonly seed: number;
  readonly threads: number;
  /** The run folder. */
  readonly out: string;
  readonly sftSteps: number;
  readonly grpoSteps: number;
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

/** Episodes of a step of SFT, and groups and tries of one of GRPO, with their highest rates. */
export const SFT = { batchSize: 16, learningRate: 1.5e-3 } as const;
export const GRPO = { groupsPerStep: 16, groupSize: 8, learningRate: 1e-4 } as const;

/** Of the episodes that GRPO samples: below 1, since a slip anywhere in three replies spoils one. */
export const TEMPERATURE = 0.7;

if (import.meta.main) {
  const command = JSON.parse(process.argv[2]!) as SeedCommand;
  console.log(JSON.stringify(await result(command)));
}

async function result({ seed, threads, out, ...steps }: SeedCommand): Promise<SeedResult> {
  const start = performance.now();
  const conversations = expertEpisodes(known.slice(0, EXPERTS));
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
        ...SFT,
        schedule: "cosine",
        warmUpSteps: 10,
        adam: { beta2: 0.95 },
      }),
      grpo({ steps: steps.grpoSteps, ...GRPO, warmUpSteps: 4, adam: { beta2: 0.98 } }),
    ],
    // The words of a new model; calls and tools are words, too.
    texts: expertEpisodes(known).map((episode) => JSON.stringify([settings, episode])),
    sampling: { maxTokens: 32, temperature: TEMPERATURE },
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
