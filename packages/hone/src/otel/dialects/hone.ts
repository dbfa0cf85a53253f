/**
 * The dialect of hone itself: reads back without loss what `to-otlp.ts` wrote. `hone.kind` says the kind; prompts and tools are
 * in `gen_ai.*`, which other collectors read, and the rest is under `hone.*`.
 */
import { exactJson, isObject, type JsonValue, maxJsonDepth } from "../../core/json.ts";
import type { OtlpSpan } from "../../core/otlp.ts";
import { isSampledTokens, type SampledTokens } from "../../core/sampled-tokens.ts";
import { type PromptText, type SpanKind, spanKinds } from "../../core/span.ts";
import type { AttributeBag } from "../attribute-bag.ts";
import { type Dialect, known, type Meaning, takeMessages } from "../meaning.ts";
import { attributeVerdict } from "../verdicts.ts";
import { agentOf, modelFacts } from "./gen-ai.ts";

/** Names of our own attributes. */
export const honeNames = {
  kind: "hone.kind",
  /** A trace's head as JSON, on the span that stands for the trace. */
  trace: "hone.trace",
  /** A span as JSON, where the other attributes cannot say all of it. */
  span: "hone.span",
  /** The ids of a trace, a span and its parent in hone, where they do not have OpenTelemetry's form (hex digits). */
  traceId: "hone.trace.id",
  /** The trace's id as JSON, where UTF-8 has no form for it. */
  traceIdJson: "hone.trace.id.json",
  spanId: "hone.span.id",
  parentId: "hone.parent.id",
  sequence: "hone.sequence",
  /** "input", "output" or both, where they were a text and not messages. */
  texts: "hone.texts",
  /** The exact tokens of a model call, as JSON. */
  sampled: "hone.sampled",
  targetId: "hone.target.id",
  components: "hone.reward.components",
  event: "hone.event",
  details: "hone.details",
  content: "hone.content",
} as const;

export const hone: Dialect = {
  name: "hone",
  matches: (span) => typeof span.attributes[honeNames.kind] === "string",
  read: (bag, span) => {
    const kind = bag.take(honeNames.kind);
    if (kind !== "reward") bag.drop("gen_ai.operation.name");
    // A later version of hone may send kinds that this one does not know.
    return readers[spanKinds.find((known) => known === kind) ?? "content"](bag, span);
  },
};

/** How each kind of span is read. */
const readers: { readonly [K in SpanKind]: (bag: AttributeBag, span: OtlpSpan) => Meaning } = {
  prompt: readPrompt,
  tool: readTool,
  reward: (bag, span) => readReward(bag, span.end),
  coordination: (bag) => ({
    kind: "coordination",
    event: bag.text(honeNames.event) ?? "",
    details: wholeJson(bag.take(honeNames.details)),
    ...agentOf(bag),
  }),
  content: (bag) => ({ kind: "content", ...readContent(bag) }),
  reasoning: (bag) => ({ kind: "reasoning", ...readContent(bag) }),
};

const readContent = (bag: AttributeBag) => ({
  content: bag.text(honeNames.content) ?? "",
  ...agentOf(bag),
});

function readPrompt(bag: AttributeBag): Meaning {
  const texts = bag.word(honeNames.texts);
  bag.drop(honeNames.texts);
  const side = (name: "input" | "output"): PromptText | undefined => {
    const role = name === "input" ? "user" : "assistant";
    const messages = takeMessages(bag, role, `gen_ai.${name}.messages`);
    const isText = texts.includes(name) && Array.isArray(messages);
    return isText ? ((messages as Exclude<PromptText, string>)[0]?.content ?? "") : messages;
  };
  return {
    kind: "prompt",
    input: side("input") ?? "",
    ...known({ output: side("output") }),
    ...agentOf(bag),
    ...modelFacts(bag),
    ...sampledOf(bag),
  };
}

/** The exact tokens of a call; the attribute stays one where it is not in the form that hone writes. */
function sampledOf(bag: AttributeBag): { readonly sampled?: SampledTokens } {
  const sampled = wholeJson(bag.see(honeNames.sampled));
  if (!isSampledTokens(sampled)) return {};
  bag.drop(honeNames.sampled);
  return { sampled };
}

function readTool(bag: AttributeBag): Meaning {
  const result = bag.take("gen_ai.tool.call.result");
  return {
    kind: "tool",
    toolName: bag.text("gen_ai.tool.name") ?? "",
    arguments: wholeJson(bag.take("gen_ai.tool.call.arguments")),
    ...known({ callId: bag.text("gen_ai.tool.call.id") }),
    ...(result === undefined ? {} : { result: wholeJson(result) }),
    ...agentOf(bag),
  };
}

function readReward(bag: AttributeBag, time: bigint): Meaning {
  const verdict = attributeVerdict(bag, time);
  if (verdict === undefined) return { kind: "content", content: "" };
  const { name, score, reason, source } = verdict;
  const components = bag.take(honeNames.components);
  return {
    kind: "reward",
    reward: score,
    rewardType: name,
    ...known({ reason, source, targetId: bag.text(honeNames.targetId) }),
    ...(isNumbers(components) ? { components } : {}),
    ...agentOf(bag),
  };
}

const isNumbers = (value: unknown): value is Readonly<Record<string, number>> =>
  isObject(value) && Object.values(value).every((one) => typeof one === "number");

/** Parses a value, which hone always writes as a JSON text. */
function wholeJson(value: JsonValue | undefined): JsonValue {
  if (typeof value !== "string") return value ?? null;
  try {
    return exactJson(value, maxJsonDepth);
  } catch {
    return value;
  }
}
