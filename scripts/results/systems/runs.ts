/** The runs that docs/results/systems.md shows: their commands, and the bar that each is to reach. */
import type { ResultRecord } from "../../../packages/hone/src/formats/result-format.ts";
import {
  componentGain,
  domainDifference,
  pooledComponent,
  pooledDifference,
  pooledRewardDifference,
  pooledStage,
  pooledSuccess,
} from "./pooled.ts";

/** What a system is to reach, over all seeds together. */
export interface Bar {
  /** In words, as the page has it. */
  readonly text: string;
  readonly isReached: (results: readonly ResultRecord[]) => boolean;
}

/** One run of the page. */
export interface MeasuredRun {
  /** The command behind `hone`, without the seed. */
  readonly words: readonly string[];
  readonly bars?: readonly Bar[];
  /** Components that have a table of their own, in every stage. */
  readonly components?: readonly string[];
  /** A program that is recorded first, with what it is given before the seed: the run learns from its traces. */
  readonly recorded?: readonly string[];
  /** False for a run that keeps no rollouts, and so has no flag that says so. Default true. */
  readonly keepsRollouts?: boolean;
}

const successOf = (share: number): Bar => ({
  text: `success ≥ ${100 * share} %`,
  isReached: (results) => pooledSuccess(results, "after").low >= share,
});

const better: Bar = {
  text: "GRPO adds, above zero",
  isReached: (results) => pooledDifference(results).low > 0,
};

/** The domains of a run that learns several. */
export const domainNames = (results: readonly ResultRecord[]): readonly string[] =>
  results[0]?.domains?.map(({ name }) => name) ?? [];

/** What the five domains of trajectories are to reach. */
const ofTrajectories: Bar = {
  text: "PPO above SFT in 3 of 5 domains, below in none",
  isReached: (results) => {
    const differences = domainNames(results).map((name) => domainDifference(results, name));
    const above = differences.filter(({ low }) => low > 0).length;
    return above >= 3 && differences.every(({ high }) => high >= 0);
  },
};

/** The least share that the accuracy of each phase of meetings is to be above. */
const leastAccuracy = { SFT: 0.65, agent: 0.6, DPO: 0.7 } as const;

/** What the phases of meetings are to reach, each for itself. */
const ofMeetings: readonly Bar[] = [
  ...Object.entries(leastAccuracy).map(([stage, least]): Bar => ({
    text: `${stage} > ${100 * least} %`,
    isReached: (results) => pooledStage(results, stage).low > least,
  })),
  { text: "DPO above SFT", isReached: (results) => pooledDifference(results).low > 0 },
  {
    text: "more right reasons after DPO than after SFT",
    isReached: (results) =>
      pooledComponent(results, "DPO", "reason_right").value >
      pooledComponent(results, "SFT", "reason_right").value,
  },
];

/** What agents that give images are to reach. */
const ofMultimodal: readonly Bar[] = [
  {
    text: "GRPO adds 0.15 to overall",
    isReached: (results) =>
      componentGain(results, "overall", ["after sft", "after grpo"]).low >= 0.15,
  },
  ...Object.entries({
    image_given: "images where they help",
    restraint: "none where they do not",
  }).map(([component, text]): Bar => ({
    text: `${text} ≥ 85 %`,
    isReached: (results) => pooledComponent(results, "after grpo", component).low >= 0.85,
  })),
  {
    text: "no invented address",
    isReached: (results) => pooledComponent(results, "after grpo", "invented_urls").value === 0,
  },
];

/** What a team is to reach. Its consensus is that of a team that knows nothing at the start. */
const ofTeam: readonly Bar[] = [
  {
    text: "GRPO adds team reward, above zero",
    isReached: (results) => pooledRewardDifference(results).low > 0,
  },
  {
    text: "more consensus than at the start",
    isReached: (results) => componentGain(results, "consensus", ["start", "after grpo"]).low > 0,
  },
  {
    text: "not more rounds",
    isReached: (results) => componentGain(results, "rounds", ["start", "after grpo"]).low <= 0,
  },
];

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of a component of the reward, over seeds. */
function componentOf(
  results: readonly ResultRecord[],
  when: "before" | "after",
  name: string,
): number {
  return meanOf(results.map((result) => result[when].components?.[name]?.value ?? Number.NaN));
}

/** The share of the held-out loss that training took away. */
export const lossReduction = (results: readonly ResultRecord[]): number =>
  1 - componentOf(results, "after", "loss") / componentOf(results, "before", "loss");

export const measuredRuns: Readonly<Record<string, MeasuredRun>> = {
  math: { words: ["run", "math"], bars: [successOf(0.85)] },
  "math-2": { words: ["run", "math", "--level", "2"], bars: [successOf(0.6)] },
  "math-3": { words: ["run", "math", "--level", "3"] },
  "math-4": { words: ["run", "math", "--level", "4"], bars: [successOf(0.6)] },
  "math-5": { words: ["run", "math", "--level", "5"], bars: [successOf(0.6)] },
  weighted: {
    words: ["train", "weighted", "--domain", "math", "--mistake-rate", "0.2"],
    bars: [
      {
        text: "held-out loss down by more than 40 %",
        isReached: (results) => lossReduction(results) > 0.4,
      },
    ],
  },
  code: { words: ["run", "code"], bars: [better] },
  writing: { words: ["run", "writing"], bars: [better] },
  business: { words: ["run", "business"], bars: [better] },
  trajectories: { words: ["run", "trajectories"], bars: [ofTrajectories] },
  improve: {
    words: [
      ...["improve", "--agent", "support", "--agent-file", "examples/support/answer-task.ts"],
      ...["--reward", "examples/support/reward.ts", "--model", "tiny", "--held-out", "0.3"],
      // Tries tell something apart where some of them are right: the warm start learns from answers that were.
      ...["--min-reward", "1", "--warm-start", "600", "--steps", "20"],
      ...["--group-size", "8", "--groups-per-step", "12", "--learning-rate", "1e-4"],
      ...["--max-tokens", "60", "--concurrency", "12"],
    ],
    bars: [better],
    recorded: ["examples/support/day.ts", "400"],
  },
  traces: {
    words: [
      ...["train", "traces", "--where", "agent=support", "--algorithm", "sft"],
      ...["--agent-file", "examples/support/answer-task.ts"],
      ...["--reward", "examples/support/reward.ts", "--model", "tiny", "--held-out", "0.3"],
      // The answers that earned their reward, from nothing.
      ...["--min-reward", "1", "--steps", "900", "--learning-rate", "1e-3", "--schedule", "linear"],
      ...["--max-tokens", "60", "--concurrency", "6"],
    ],
    bars: [
      {
        text: "more success than untrained, above zero",
        isReached: (results) => pooledDifference(results).low > 0,
      },
    ],
    recorded: ["examples/support/day.ts", "400"],
    keepsRollouts: false,
  },
  meetings: { words: ["run", "meetings"], bars: ofMeetings, keepsRollouts: false },
  multimodal: {
    words: ["run", "multimodal"],
    bars: ofMultimodal,
    components: ["overall", "text_quality", "image_given", "restraint", "invented_urls"],
  },
  team: { words: ["run", "team"], bars: ofTeam, components: ["consensus", "rounds", "voting"] },
};
