/** What a training run is made of. */
import type { AgentsByAdapter } from "../../agents/agents-by-adapter.ts";
import type { TrainingClientOptions } from "../../engine/clients/training-client.ts";
import type { Interval } from "../../evaluation/intervals.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import type { ReplayCoverage } from "../../core/tool-replay.ts";
import type { SamplingParams } from "../../ports/sampling-client.ts";
import type { RunnableTasks } from "../../rollouts/agent-tasks.ts";
import type { StoredThenFreshOptions } from "../../rollouts/stored-then-fresh.ts";
import type { QueueOptions } from "../workers/queued-rollouts.ts";
import type { AlarmLimits } from "./alarms/alarm-limits.ts";
import type { SourceWarning } from "./sources/opened-source.ts";
import type { RolloutStoreOptions } from "./stored/open-recorder.ts";

/** What the algorithm of a phase learns from while it runs. */
export type PhaseSource =
  /** Rollouts of these tasks, which the policy does as it learns. */
  | ({
      readonly kind: "rollouts";
      /** Stored rollouts that the first steps learn from. Default: none. */
      readonly stored?: Pick<StoredThenFreshOptions, "groups" | "steps"> | undefined;
    } & RunnableTasks)
  /** Examples that the algorithm was made with, so the policy does nothing. */
  | { readonly kind: "dataset" };

/** One algorithm of a run. */
export interface Phase {
  /** Names the phase in metrics, checkpoints and evaluations; different from that of every other phase. */
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly source: PhaseSource;
}

/** What the held-out tasks give without a model. */
export interface Baseline {
  /** Such as "random actions". */
  readonly name: string;
  readonly success: Interval;
  /** Undefined where it takes no actions that a reward is given for. */
  readonly reward?: Interval | undefined;
}

/** A run: its folder, its model, its phases, and what is measured. */
export interface PipelineOptions extends RolloutStoreOptions {
  /** The start of the run folder's name. */
  readonly name: string;
  /** The settings with all defaults filled in; a resume with others is refused. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The run folder, new or empty. Default: a new one in runs/. */
  readonly out?: string | undefined;
  /** The folder of a run to resume. Default: a new run. */
  readonly resume?: string | undefined;
  /** Looks the model up before there is a run folder, so that a name that is wrong leaves none. Default: nothing to look up. */
  readonly findModel?: () => Promise<unknown>;
  /** The model's folder; may make the model inside the run folder. */
  readonly prepareModel: (runFolder: string) => Promise<string>;
  /** What is trained: an adapter or all weights. */
  readonly training: TrainingClientOptions;
  /** Adapters of a team in the place of one, with the agents that each answers. Default: one policy. */
  readonly adapters?: AgentsByAdapter | undefined;
  readonly phases: readonly Phase[];
  /** Tasks to measure before and after each phase. Without tasks nothing is measured. */
  readonly heldOut: RunnableTasks;
  /** Measures what the held-out tasks give without a model, for the result. Default: nothing. */
  readonly baselines?: (() => Promise<readonly Baseline[]>) | undefined;
  /** How calls of the agent's tools were answered so far, for the result. Default: they ran. */
  readonly replay?: (() => ReplayCoverage) | undefined;
  /** How rollouts are sampled. */
  readonly sampling: Omit<SamplingParams, "seed" | "stopTokens" | "format" | "tellsKept">;
  /** Keep topK, topP and minP in rollouts that are learned from. Default true. */
  readonly filtersInTraining?: boolean | undefined;
  /** How held-out tasks are tried: with the most likely tokens, or sampled as in rollouts. */
  readonly evaluationMode: "greedy" | "sampled";
  /** Tries per held-out task. */
  readonly samplesPerTask: number;
  readonly seed: number;
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number | undefined;
  /** Rollouts at a time. */
  readonly concurrency: number;
  /** Time limit of one rollout, in seconds, without its waits for other rollouts. Default 60. */
  readonly deadline?: number | undefined;
  /** Lines to show once the run folder is open. Default: none. */
  readonly notes?: readonly string[];
  /** A warning to show there. Default: none. */
  readonly warning?: SourceWarning | readonly SourceWarning[] | undefined;
  /** The queue whose workers play the rollouts. Default: this process plays them. */
  readonly queue?: QueueOptions | undefined;
  /** Limits of alarms. Default: those of `defaultAlarmLimits`. */
  readonly alarms?: AlarmLimits | false | undefined;
  /** Steps between checkpoints; there is always one at the end of a phase. */
  readonly checkpointEvery: number;
  /** Aborts when the run is to save and end. */
  readonly signal?: AbortSignal | undefined;
}
