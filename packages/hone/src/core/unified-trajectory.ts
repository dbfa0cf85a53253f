/**
 * The unified trajectory: what one try of any agent comes to, as a task and steps, whichever framework it was recorded by. Plain data;
 * format `hone.trajectory`, docs/formats.
 *
 * It is what training sets per tool, rewards and statistics are made of. Tokens as they were sampled are in traces (`hone.trace`); a step
 * holds them where they are known.
 */
import type { JsonObject, JsonValue } from "./json.ts";

/**
 * What a step is: a call of a tool; a thought without a call; something said to the user, who replied; the answer, which ends the
 * trajectory.
 */
export type StepKind = "call" | "reason" | "respond" | "answer";

/** All kinds of steps. */
export const stepKinds = [
  "call",
  "reason",
  "respond",
  "answer",
] as const satisfies readonly StepKind[];

/** What `tool` says of a step that is no call of a tool of that name. */
export const toolOfKind = {
  reason: "reason",
  respond: "respond",
  answer: "finalize",
} as const satisfies Partial<Record<StepKind, string>>;

/** One action of an agent. */
export interface TrajectoryStep {
  /** Its place, from 0. */
  readonly index: number;
  /** The model's reply that it is of, from 0: calls that were made together share it. */
  readonly turn: number;
  readonly kind: StepKind;
  /**
   * The set of training data that it belongs to: the tool's name, "bash" for every shell, or "reason", "respond", "finalize". Of a
   * reply that was an action in an environment it is the action's name.
   */
  readonly tool: string;
  /** The tool's own name, where `tool` is another. */
  readonly name?: string;
  /** Names the call, where the recording did. */
  readonly callId?: string;
  /**
   * What the tool was called with: an object, or the text that the model wrote where that is no JSON. Of an action in an
   * environment its argument, as text. Of no other step.
   */
  readonly arguments?: JsonValue;
  /** What the model thought before the reply; at the reply's first step. */
  readonly thought?: string;
  /** What the reply said: the answer, the words to the user, or words beside calls, which are at the first of them. */
  readonly text?: string;
  /** What came of it: the tool's result, or the user's reply. Absent where nothing came. */
  readonly observation?: string;
  /** What the step earned. */
  readonly reward?: number;
  /** Who acted, where that is not the trajectory's agent. */
  readonly agent?: string;
  /** Ids of what the model read before the reply; at the reply's first step, like the following. */
  readonly promptTokens?: readonly number[];
  /** Ids of the reply. */
  readonly tokens?: readonly number[];
  /** [tokens] log-probs under the policy at temperature 1, in nats. */
  readonly logProbs?: readonly number[];
  /** Which weights sampled the tokens. */
  readonly weightsVersion?: string;
  /** Unix milliseconds. */
  readonly startedAt?: number;
  /** How long it took, in ms. */
  readonly ms?: number;
}

/** What a trajectory was to do. */
export interface TrajectoryTask {
  /** Names the task: trajectories of one id are tries at the same. */
  readonly id: string;
  /** What the user asked. */
  readonly question?: string;
  /** Instructions above it: the system message. */
  readonly instructions?: string;
  /** Everything else that the task says, such as its reference answer. */
  readonly fields?: JsonObject;
}

/** A trajectory. */
export interface UnifiedTrajectory {
  /** Unique in its file or folder. */
  readonly id: string;
  /** The field that it is of, such as "math"; rewards are chosen by it. */
  readonly domain: string;
  /** What was to be done. */
  readonly task: TrajectoryTask;
  /** Whether it was learned from or only measured, where the recording says it: what was measured is no data to learn from. */
  readonly split?: "train" | "test";
  /** The tools that were offered, as `{ name, description?, parameters? }`. */
  readonly tools: readonly JsonObject[];
  /** What the agent did, in order. */
  readonly steps: readonly TrajectoryStep[];
  /** What it came to. Absent where it ended without an answer. */
  readonly answer?: string;
  /** How it ended, and whether that was well. */
  readonly outcome: {
    /** How it ended. */
    readonly status: "completed" | "failed" | "cancelled";
    /** Whether the task was done, where that is known. */
    readonly isSuccess?: boolean;
    /** What went wrong. */
    readonly error?: string;
  };
  /** How good it was, where that is known; higher is better. */
  readonly reward?: number;
  /** The reward's parts by their names. */
  readonly rewards?: Readonly<Record<string, number>>;
  /** Where it comes from. */
  readonly provenance: {
    /** The form that it was converted from, such as "chat" or "traces". */
    readonly source: string;
    readonly agent?: string;
    readonly model?: string;
    /** Where it stood: a file and line, or an id in a store. */
    readonly place?: string;
  };
}
