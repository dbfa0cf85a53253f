/**
 * Spans: timed pieces of what an agent did, of six kinds, as plain data.
 *
 * Times are Unix milliseconds with fractions down to the microsecond. `sequence` orders the spans of a trace: it rises with
 * every span started, so the order holds even where the clock was set back.
 */
import type { JsonValue } from "./json.ts";
import type { Message } from "./message.ts";
import type { RewardSource } from "./rollout.ts";
import type { SampledTokens } from "./sampled-tokens.ts";

/** What a span is: a model call, a tool's execution, a reward, an event of a team, a text given out, a text thought. */
export type SpanKind = "prompt" | "tool" | "reward" | "coordination" | "content" | "reasoning";

/** All kinds, in the order they are shown. */
export const spanKinds = [
  "prompt",
  "tool",
  "reward",
  "coordination",
  "content",
  "reasoning",
] as const satisfies readonly SpanKind[];

/** Tokens of a model call, as its provider counted them. */
export interface TokenUsage {
  /** Tokens that the model was given. */
  readonly input: number;
  /** Tokens that the model gave back. */
  readonly output: number;
  /** Tokens of `output` that were reasoning. */
  readonly reasoning?: number;
  /** Tokens of `input` that the provider read from its cache. */
  readonly cached?: number;
}

/** What went wrong in a span or a trace. */
export interface TraceError {
  /** The error's message. */
  readonly message: string;
  /** The error's class or name, such as "TypeError". */
  readonly type?: string;
  /** The error's own code, such as "ECONNRESET" or a HoneError's. */
  readonly code?: string;
}

interface SpanBase {
  /** Unique in its trace. */
  readonly id: string;
  /** The trace it belongs to. */
  readonly traceId: string;
  /** The span it is a part of. Absent at a root. */
  readonly parentId?: string;
  /** A short name for people, such as "chat gpt-4o". */
  readonly name?: string;
  /** The agent whose work it is, where that is not the trace's agent. */
  readonly agent?: string;
  /** Its place in the order of the trace, from 0. */
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Unix milliseconds. Absent while the span runs, or where its end was never seen. */
  readonly endedAt?: number;
  /** What went wrong. Absent where nothing did. */
  readonly error?: TraceError;
  /** Everything else that is known, as JSON. */
  readonly attributes: Readonly<Record<string, JsonValue>>;
}

/** What a model is given or what it gives back: a text, or messages. */
export type PromptText = string | readonly Message[];

/** One model call. */
export interface PromptSpan extends SpanBase {
  readonly kind: "prompt";
  /** What the model was given. */
  readonly input: PromptText;
  /** What the model gave back. Absent when the call failed or still runs. */
  readonly output?: PromptText;
  /** The model's name. */
  readonly model?: string;
  /** Who serves the model, such as "openai". */
  readonly provider?: string;
  /** Tokens of the call, where they were counted. */
  readonly usage?: TokenUsage;
  /** The exact tokens of the call, where they are known: of policies that hone sampled itself. */
  readonly sampled?: SampledTokens;
}

/** One execution of a tool. */
export interface ToolSpan extends SpanBase {
  readonly kind: "tool";
  /** The name of the tool that was called. */
  readonly toolName: string;
  /** The id of the message's tool call that it answers, where a model made the call. */
  readonly callId?: string;
  /** What the tool was called with. */
  readonly arguments: JsonValue;
  /** What the tool returned. Absent when it failed or still runs. */
  readonly result?: JsonValue;
}

/** A reward given in the course of a trace. */
export interface RewardSpan extends SpanBase {
  readonly kind: "reward";
  /** The number; higher is better. */
  readonly reward: number;
  /** What was rewarded: "tool", "answer_quality", "coordination", "voting", … */
  readonly rewardType: string;
  /** Who gave it: a rule, a judge or a human. */
  readonly source?: RewardSource;
  /** The parts that the reward was computed from, by their names. */
  readonly components?: Readonly<Record<string, number>>;
  /** Why the reward has this value, in words. */
  readonly reason?: string;
  /** The id of the span it judges. */
  readonly targetId?: string;
}

/** An event among the agents of a team. */
export interface CoordinationSpan extends SpanBase {
  readonly kind: "coordination";
  /** "vote", "new_answer", "restart", "consensus", … */
  readonly event: string;
  /** The event's data: who was voted for, the answer given, … */
  readonly details: JsonValue;
}

/** Text that an agent answered. */
export interface ContentSpan extends SpanBase {
  readonly kind: "content";
  /** The text. */
  readonly content: string;
}

/** Text that an agent thought. */
export interface ReasoningSpan extends SpanBase {
  readonly kind: "reasoning";
  /** The text. */
  readonly content: string;
}

interface SpansByKind {
  readonly prompt: PromptSpan;
  readonly tool: ToolSpan;
  readonly reward: RewardSpan;
  readonly coordination: CoordinationSpan;
  readonly content: ContentSpan;
  readonly reasoning: ReasoningSpan;
}

/** The span of one kind. */
export type SpanOf<K extends SpanKind> = SpansByKind[K];

/** A span of any kind; `kind` says which. */
export type Span = SpanOf<SpanKind>;
