/**
 * What we send ourselves (`to-otlp.ts`), read back without loss: `hone.kind` says the kind; prompts and tools stand in
 * `gen_ai.*` for everyone, the rest under `hone.*`.
 */
import { isObject, type JsonValue } from "../../core/json.ts";
import type { PromptText } from "../../core/span.ts";
import type { AttributeBag } from "../attribute-bag.ts";
import { type Dialect, known, type Meaning, takeMessages } from "../meaning.ts";
import { attributeVerdict } from "../verdicts.ts";
import { agentOf, modelFacts } from "./gen-ai.ts";

export const honeNames = {
  kind: "hone.kind",
  /** A trace's head as JSON, on the span that stands for the trace. */
  trace: "hone.trace",
  /** Ids that OpenTelemetry has no form for. */
  traceId: "hone.trace.id",
  spanId: "hone.span.id",
  parentId: "hone.parent.id",
  sequence: "hone.sequence",
  /** Which of input and output are a text and no messages. */
  texts: "hone.texts",
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
    switch (kind) {
      case "prompt":
        return readPrompt(bag);
      case "tool":
        return readTool(bag);
      case "reward":
        return readReward(bag, span.end);
      case "coordination":
        return {
          kind,
          event: bag.text(honeNames.event) ?? "",
          details: wholeJson(bag.take(honeNames.details)),
          ...agentOf(bag),
        };
      case "reasoning":
        return { kind, content: bag.text(honeNames.content) ?? "", ...agentOf(bag) };
      default:
        return { kind: "content", content: bag.text(honeNames.content) ?? "", ...agentOf(bag) };
    }
  },
};

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
  };
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

/** Values of our own are always written as JSON texts. */
function wholeJson(value: JsonValue | undefined): JsonValue {
  if (typeof value !== "string") return value ?? null;
  try {
    return JSON.parse(value) as JsonValue;
  } catch {
    return value;
  }
}
