/**
 * A span: one timed piece of what an agent did. Plain data, one of six kinds.
 *
 * Times are Unix milliseconds with fractions down to the microsecond. `sequence` orders the spans of a trace whatever the
 * clock did: it rises with every span started, so a clock that was set back moves no span before another.
 */
import type { JsonValue } from "./json.ts";
import type { Message } from "./message.ts";
import type { RewardSource } from "./rollout.ts";

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

/** Tokens of a model call as its provider counted them. */
export interface TokenUsage {
  readonly input: number;
  readonly output: number;
  /** Part of `output`. */
  readonly reasoning?: number;
  /** Part of `input`: read from the provider's cache. */
  readonly cached?: number;
}

/** What went wrong in a span or a trace. */
export interface TraceError {
  readonly message: string;
  /** The error's class or name, such as "TypeError". */
  readonly type?: string;
  /** The error's own code, such as "ECONNRESET" or a HoneError's. */
  readonly code?: string;
}

interface SpanBase {
  /** Unique in its trace. */
  readonly id: string;
  readonly traceId: string;
  /** The span it is a part of; absent at the root. */
  readonly parentId?: string;
  /** A short name for people, such as "chat gpt-4o". */
  readonly name?: string;
  /** Whose work it is, where that is not the trace's agent. */
  readonly agent?: string;
  /** Order in the trace, from 0. */
  readonly sequence: number;
  readonly startedAt: number;
  /** Absent while it runs, or when its end was never seen. */
  readonly endedAt?: number;
  readonly error?: TraceError;
  /** Everything else that is known, as JSON. */
  readonly attributes: Readonly<Record<string, JsonValue>>;
}

/** What a model is given or gives back: a text, or messages. */
export type PromptText = string | readonly Message[];

/** One model call. */
export interface PromptSpan extends SpanBase {
  readonly kind: "prompt";
  readonly input: PromptText;
  /** Absent when the call failed or still runs. */
  readonly output?: PromptText;
  readonly model?: string;
  /** For example "openai". */
  readonly provider?: string;
  readonly usage?: TokenUsage;
}

/** One execution of a tool. */
export interface ToolSpan extends SpanBase {
  readonly kind: "tool";
  readonly toolName: string;
  /** The model's name for this call, which a message's tool call carries as `id`. */
  readonly callId?: string;
  readonly arguments: JsonValue;
  /** Absent when the tool failed or still runs. */
  readonly result?: JsonValue;
}

/** A reward given in the course of a trace. */
export interface RewardSpan extends SpanBase {
  readonly kind: "reward";
  readonly reward: number;
  /** What was rewarded: "tool", "answer_quality", "coordination", "voting", … */
  readonly rewardType: string;
  readonly source?: RewardSource;
  readonly components?: Readonly<Record<string, number>>;
  readonly reason?: string;
  /** The span it judges. */
  readonly targetId?: string;
}

/** Something that agents of a team did to each other. */
export interface CoordinationSpan extends SpanBase {
  readonly kind: "coordination";
  /** "vote", "new_answer", "restart", "consensus", … */
  readonly event: string;
  /** What belongs to the event: who was voted for, the answer given, … */
  readonly details: JsonValue;
}

/** Text an agent gave out. */
export interface ContentSpan extends SpanBase {
  readonly kind: "content";
  readonly content: string;
}

/** Text an agent thought. */
export interface ReasoningSpan extends SpanBase {
  readonly kind: "reasoning";
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
