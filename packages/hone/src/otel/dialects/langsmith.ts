/**
 * The dialect of LangSmith's OpenTelemetry mode (`langsmith.span.kind`): runs of LangChain and LangGraph, whose whole inputs and
 * outputs are JSON texts in `gen_ai.prompt` and `gen_ai.completion`.
 */
import { isObject, type JsonValue } from "../../core/json.ts";
import type { OtlpSpan } from "../../core/otlp.ts";
import { type AttributeBag, parsed } from "../attribute-bag.ts";
import { tokenUsage } from "../../messages/token-usage.ts";
import { contentMeaning, type Dialect, known, type Meaning } from "../meaning.ts";
import { modelFacts, takeTexts } from "./gen-ai.ts";

const kindAttribute = "langsmith.span.kind";

export const langSmith: Dialect = {
  name: "langsmith",
  matches: (span) => kindAttribute in span.attributes,
  read: (bag, span) => {
    bag.drop("gen_ai.operation.name");
    switch (bag.word(kindAttribute).toLowerCase()) {
      case "llm":
        return readModelCall(bag, span);
      case "tool":
      case "retriever":
        return readTool(bag, span);
      default:
        return readAround(bag);
    }
  },
};

function readModelCall(bag: AttributeBag, span: OtlpSpan): Meaning {
  const { input, output } = takeTexts(bag, span);
  const facts = modelFacts(bag);
  const usage = facts.usage === undefined ? usageFromMetadata(bag) : {};
  return { kind: "prompt", input: input ?? "", ...known({ output }), ...facts, ...usage };
}

function usageFromMetadata(bag: AttributeBag): ReturnType<typeof tokenUsage> {
  const given = bag.see("langsmith.usage_metadata");
  const metadata = typeof given === "string" ? parsed(given) : given;
  if (!isObject(metadata)) return {};
  const count = (key: string): number | undefined =>
    typeof metadata[key] === "number" ? metadata[key] : undefined;
  return tokenUsage(count("input_tokens"), count("output_tokens"));
}

function readTool(bag: AttributeBag, span: OtlpSpan): Meaning {
  const name = bag.text("gen_ai.tool.name", "gen_ai.serialized.name", "langsmith.trace.name");
  return {
    kind: "tool",
    toolName: name ?? span.name,
    arguments: inner(bag.json("gen_ai.prompt"), "input") ?? null,
    ...known({
      callId: bag.text("gen_ai.tool.call.id"),
      result: inner(bag.json("gen_ai.completion"), "output"),
    }),
  };
}

/** Reads chains, prompts, parsers and embeddings. */
function readAround(bag: AttributeBag): Meaning {
  const input = inner(bag.json("gen_ai.prompt"), "input");
  const output = inner(bag.json("gen_ai.completion"), "output");
  const agent = bag.text("langsmith.metadata.lc_agent_name", "langsmith.metadata.agent_name");
  return { ...contentMeaning(bag, input, output), ...known({ agent }) };
}

/** Inputs and outputs of a run are objects. Where one holds only the value of this name, returns that value, parsed if JSON. */
function inner(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  if (keys.length !== 1 || keys[0] !== name) return value as JsonValue;
  const only = value[name] as JsonValue;
  return typeof only === "string" ? parsed(only) : only;
}
