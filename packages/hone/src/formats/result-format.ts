/** The format of `result.json`: the policy measured before and after training on the same held-out tasks. */
import { z } from "zod";
import { replayAnswers } from "../core/tool-replay.ts";
import { defineFormat } from "./format.ts";
import { anyNumber } from "./schema-parts.ts";

/** The schema of an estimate and the ends of its 95 % interval. */
export const interval = z.strictObject({ value: anyNumber, low: anyNumber, high: anyNumber });
/** An estimate and the ends of its 95 % interval. */
export type IntervalRecord = z.infer<typeof interval>;

const measured = {
  tasks: z.int(),
  /** Share of tasks that were done, 0 to 1. */
  success: interval,
  /** Mean reward, in the domain's units. */
  reward: interval,
  /** Mean of each component of the reward by its name, without "success". */
  components: z.record(z.string(), interval).optional(),
  /** Mean of each metric that the agent kept, by its name. */
  metrics: z.record(z.string(), interval).optional(),
};

const levelMeasurement = z.strictObject(measured);
/** How good a policy is on the held-out tasks of one level. */
export type LevelMeasurement = z.infer<typeof levelMeasurement>;

/** The schema of how good a policy is on held-out tasks. */
export const measurement = z.strictObject({
  samplesPerTask: z.int(),
  /** How tasks were tried: with the likeliest tokens, or sampled. Runs of older versions do not say. */
  mode: z.enum(["greedy", "sampled"]).optional(),
  ...measured,
  /** Tries by how they ended, such as "done" or "wrong state_answer", the most frequent first. */
  outcomes: z.record(z.string(), z.int()).optional(),
  /** The same for each level, where the tasks have more than one. */
  levels: z.record(z.string(), levelMeasurement).optional(),
});
/** How good a policy is on held-out tasks. */
export type Measurement = z.infer<typeof measurement>;

const warning = z.strictObject({
  /** Names the warning for programs. */
  code: z.string(),
  /** How often it occurred in the run. */
  count: z.int(),
  /** What was said, each sentence once. */
  texts: z.array(z.string()),
});

const difference = z.strictObject({ success: interval, reward: interval });

const baseline = z.strictObject({
  name: z.string(),
  success: interval,
  reward: interval.optional(),
});

const domainResult = z.strictObject({
  name: z.string(),
  /** Its measurements in order: "untrained", "SFT", "PPO". */
  stages: z.array(z.strictObject({ name: z.string(), measurement })),
  /** The last stage minus the one before it, paired by task. */
  difference,
  /** Wall time of its trainings, in seconds. */
  seconds: z.number(),
  /** Its trained model or adapter, relative to the run folder. */
  checkpoint: z.string(),
  /** What its held-out tasks give without a model. Runs of older versions have none. */
  baselines: z.array(baseline).optional(),
});
/** What a run with several domains reached in one of them. */
export type DomainResult = z.infer<typeof domainResult>;

const result = z.strictObject({
  before: measurement,
  after: measurement,
  /** After − before, paired by task. */
  difference,
  /** Parameters of the model together with its adapter, and how many of them were trained. */
  parameters: z.strictObject({ total: z.int(), trained: z.int() }).optional(),
  /** Wall time of the run in seconds, all sessions together. */
  seconds: z.number(),
  /** What the run cost, all sessions together. Runs of older versions do not say. */
  cost: z
    .strictObject({
      /** Seconds of the processor, of all threads of the process. */
      processorSeconds: z.number(),
      /** The most memory that the process had, in bytes. */
      peakMemoryBytes: z.number(),
      /** Tokens that the policy sampled in training. */
      tokensSampled: z.number(),
      /** Tokens that updates were computed of, all updates together. */
      tokensTrained: z.number(),
    })
    .optional(),
  /** Path of the best checkpoint, relative to the run folder. */
  checkpoint: z.string().optional(),
  /** Path of the report, relative to the run folder. */
  report: z.string().optional(),
  /** All measurements in order when there were more than two, such as "untrained", "after sft", "after grpo". */
  stages: z.array(z.strictObject({ name: z.string(), measurement })).optional(),
  /** Each domain of a run that learns several, one after the other. `before` and `after` are then of all their tasks. */
  domains: z.array(domainResult).optional(),
  /** Calls of the agent's tools by how they were answered, where a recording answered them: tool → answer → number of calls. */
  replay: z.record(z.string(), z.partialRecord(z.enum(replayAnswers), z.int())).optional(),
  /** What the held-out tasks give without a model, such as by random actions. Runs without baselines have none; a rule that takes no actions has no reward. */
  baselines: z.array(baseline).optional(),
  /** The last step's numbers of each phase, on training tasks: reward and its components, also for each level. */
  training: z
    .array(
      z.strictObject({
        phase: z.string(),
        step: z.int(),
        values: z.record(z.string(), anyNumber),
      }),
    )
    .optional(),
  /** The warnings of the run by their codes, all sessions together. Runs of older versions have none. */
  warnings: z.array(warning).optional(),
});
/** The content of `result.json`. */
export type ResultRecord = z.infer<typeof result>;
/** The format of `result.json`. */
export const resultFormat = defineFormat("hone.result", 1, result);
