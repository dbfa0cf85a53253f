/**
 * The fields of every kind of span, and of a trace's head, each with the form of its value.
 *
 * Whatever treats a span field by field reads this table: cleaning before it is recorded (`recording/cleaning/`), cutting
 * (`cut-texts.ts`) and the full-text search (`spanTexts`). A new kind or a new field does not compile until it has its row,
 * nor does a row whose form does not fit the field's type.
 */
import type { Feedback } from "./feedback.ts";
import type { JsonValue } from "./json.ts";
import type { PromptText, Span, SpanKind, SpanOf, TokenUsage, TraceError } from "./span.ts";
import type { SampledTokens } from "./sampled-tokens.ts";
import type { TraceHead, TraceReward } from "./trace.ts";

/** The forms, each with the type of its values. */
export interface FieldValues {
  /** An id, a time, a number, one of a fixed list of words, the tokens of a call: never changed. */
  readonly plain: string | number | TokenUsage | SampledTokens;
  /** A short text, such as a model's name. */
  readonly name: string;
  /** A text that may be long. */
  readonly text: string;
  readonly names: readonly string[];
  readonly prompt: PromptText;
  /** Anything JSON can hold. */
  readonly json: JsonValue;
  /** Numbers by their names. */
  readonly numbers: Readonly<Record<string, number>>;
  /** JSON values by their names. */
  readonly attributes: Readonly<Record<string, JsonValue>>;
  readonly error: TraceError;
  readonly rewards: readonly TraceReward[];
  readonly feedback: readonly Feedback[];
}

export type FieldForm = keyof FieldValues;

/** The forms whose values have exactly this type; a plain value may have any narrower type. */
type FormOf<V> = {
  [F in FieldForm]: [V] extends [FieldValues[F]]
    ? F extends "plain"
      ? F
      : [FieldValues[F]] extends [V]
        ? F
        : never
    : never;
}[FieldForm];

/** A form for each field of T. */
export type FieldForms<T> = { readonly [F in keyof T]-?: FormOf<Exclude<T[F], undefined>> };

const everySpan = {
  id: "plain",
  traceId: "plain",
  parentId: "plain",
  name: "name",
  agent: "name",
  sequence: "plain",
  startedAt: "plain",
  endedAt: "plain",
  error: "error",
  attributes: "attributes",
  kind: "plain",
} as const;

export const spanFields: { readonly [K in SpanKind]: FieldForms<SpanOf<K>> } = {
  prompt: {
    ...everySpan,
    input: "prompt",
    output: "prompt",
    model: "name",
    provider: "name",
    usage: "plain",
    sampled: "plain",
  },
  tool: { ...everySpan, toolName: "text", callId: "name", arguments: "json", result: "json" },
  reward: {
    ...everySpan,
    reward: "plain",
    rewardType: "name",
    source: "plain",
    components: "numbers",
    reason: "text",
    targetId: "plain",
  },
  coordination: { ...everySpan, event: "name", details: "json" },
  content: { ...everySpan, content: "text" },
  reasoning: { ...everySpan, content: "text" },
};

export const headFields: FieldForms<TraceHead> = {
  id: "plain",
  agent: "name",
  agentVersion: "name",
  task: "text",
  taskId: "name",
  rolloutId: "name",
  attempt: "plain",
  status: "plain",
  startedAt: "plain",
  endedAt: "plain",
  error: "error",
  session: "name",
  user: "name",
  tags: "names",
  metadata: "attributes",
  rewards: "rewards",
  totalReward: "plain",
  feedback: "feedback",
};

/** A field of a span that has a value. */
export type FilledField = {
  [F in FieldForm]: { readonly name: string; readonly form: F; readonly value: FieldValues[F] };
}[FieldForm];

/** The fields of a span that have a value, in the order of the table. */
export function filledFields(span: Span): FilledField[] {
  const values: Readonly<Record<string, unknown>> = { ...span };
  return Object.entries(spanFields[span.kind]).flatMap(([name, form]) => {
    const value = values[name];
    // The type of `spanFields` guarantees that the value fits the form, which is lost in `Object.entries`.
    return value === undefined ? [] : [{ name, form, value } as FilledField];
  });
}

/** The texts a span holds, for the full-text search: its inputs and outputs, no attributes. */
export const spanTexts = (span: Span): string[] => filledFields(span).flatMap(fieldTexts);

function fieldTexts(field: FilledField): string[] {
  switch (field.form) {
    case "text":
      return [field.value];
    case "prompt":
      return promptTexts(field.value);
    case "json":
      return jsonTexts(field.value);
    default:
      return [];
  }
}

function promptTexts(text: PromptText): string[] {
  if (typeof text === "string") return [text];
  return text.flatMap((message) => [
    message.content,
    ...(message.reasoning === undefined ? [] : [message.reasoning]),
    ...(message.toolCalls ?? []).flatMap((call) => [call.name, call.arguments]),
  ]);
}

/** Every string and number in a JSON value, keys left out. */
function jsonTexts(value: JsonValue): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(jsonTexts);
}
