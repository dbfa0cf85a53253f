/**
 * The dialect of OpenTelemetry's own conventions for generative AI, `gen_ai.*`: version 1.45, and the names of older versions
 * (`gen_ai.system`, `gen_ai.prompt`, `gen_ai.completion`, counts of prompt and completion tokens, messages as span events).
 */
import { fieldsOf, type JsonValue } from "../../core/json.ts";
import type { OtlpEvent, OtlpSpan } from "../../core/otlp.ts";
import type { PromptText } from "../../core/span.ts";
import type { AttributeBag } from "../attribute-bag.ts";
import { parsed } from "../attribute-bag.ts";
import { readPrompt } from "../../messages/read-messages.ts";
import { tokenUsage } from "../../messages/token-usage.ts";
import {
  contentMeaning,
  type Dialect,
  known,
  type Meaning,
  takeMessages,
  treeMessages,
} from "../meaning.ts";

/** Names of operations that are one call of a model. */
const modelCalls = new Set(["chat", "text_completion", "generate_content", "completion"]);

export const genAi: Dialect = {
  name: "gen_ai",
  matches: (span) => Object.keys(span.attributes).some((key) => key.startsWith("gen_ai.")),
  read: (bag, span) => {
    switch (operationOf(bag)) {
      case "model":
        return readModelCall(bag, span);
      case "tool":
        return readTool(bag, span);
      case "retrieval":
        return readRetrieval(bag, span);
      case "other":
        return readAround(bag, span);
    }
  },
};

function operationOf(bag: AttributeBag): "model" | "tool" | "retrieval" | "other" {
  const operation = bag.word("gen_ai.operation.name");
  if (operation === "") {
    // Before version 1.27 spans did not name their operation.
    if (bag.has("gen_ai.tool.name")) return "tool";
    const isCall = bag.has("gen_ai.request.model") || bag.has("llm.request.type");
    return isCall && !bag.has("gen_ai.agent.name") ? "model" : "other";
  }
  if (modelCalls.has(operation)) return "model";
  if (operation === "execute_tool") return "tool";
  return operation === "retrieval" ? "retrieval" : "other";
}

/** Takes model, provider and tokens of a model call. Other dialects write them in `gen_ai.*` as well. */
export function modelFacts(
  bag: AttributeBag,
): Pick<Meaning & { kind: "prompt" }, "model" | "provider" | "usage"> {
  return {
    ...known({
      model: bag.text("gen_ai.request.model", "gen_ai.response.model"),
      provider: bag.text("gen_ai.provider.name", "gen_ai.system"),
    }),
    ...tokenUsage(
      bag.number("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
      bag.number("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
      {
        reasoning: bag.number(
          "gen_ai.usage.reasoning.output_tokens",
          "gen_ai.usage.reasoning_tokens",
        ),
        cached: bag.number(
          "gen_ai.usage.cache_read.input_tokens",
          "gen_ai.usage.cache_read_input_tokens",
        ),
      },
    ),
  };
}

function readModelCall(bag: AttributeBag, span: OtlpSpan): Meaning {
  bag.drop("gen_ai.operation.name");
  const { input, output } = takeTexts(bag, span);
  return {
    kind: "prompt",
    input: input ?? "",
    ...known({ output }),
    ...agentOf(bag),
    ...modelFacts(bag),
  };
}

function readTool(bag: AttributeBag, span: OtlpSpan): Meaning {
  bag.drop("gen_ai.operation.name");
  const name = bag.text("gen_ai.tool.name") ?? span.name.replace(/^execute_tool /, "");
  return {
    kind: "tool",
    toolName: name,
    arguments: bag.json("gen_ai.tool.call.arguments", "gen_ai.tool.arguments") ?? null,
    ...known({
      callId: bag.text("gen_ai.tool.call.id"),
      result: bag.json("gen_ai.tool.call.result", "gen_ai.tool.message", "gen_ai.tool.output"),
    }),
    ...agentOf(bag),
  };
}

/** Reads a search in documents, which is a tool to an agent. */
function readRetrieval(bag: AttributeBag, span: OtlpSpan): Meaning {
  return {
    kind: "tool",
    toolName: bag.text("gen_ai.data_source.id") ?? span.name,
    arguments: bag.json("gen_ai.retrieval.query.text") ?? null,
    ...known({ result: bag.json("gen_ai.retrieval.documents") }),
    ...agentOf(bag),
  };
}

/**
 * Reads runs of agents and workflows, steps and embeddings. Their token counts stay attributes: they are sums of the calls
 * inside them.
 */
function readAround(bag: AttributeBag, span: OtlpSpan): Meaning {
  const { input, output } = takeTexts(bag, span);
  return { ...contentMeaning(bag, input, output), ...agentOf(bag) };
}

export const agentOf = (bag: AttributeBag): { readonly agent?: string } =>
  known({ agent: bag.text("gen_ai.agent.name") });

interface Texts {
  readonly input: PromptText | undefined;
  readonly output: PromptText | undefined;
}

/** Takes input and output of a span from where its version of the conventions has them. */
export function takeTexts(bag: AttributeBag, span: OtlpSpan): Texts {
  const events = eventTexts(span.events);
  const input =
    takeMessages(bag, "user", "gen_ai.input.messages", "gen_ai.prompt") ??
    treeMessages(bag, "user", "gen_ai.prompt") ??
    events.input;
  const output =
    takeMessages(bag, "assistant", "gen_ai.output.messages", "gen_ai.completion") ??
    treeMessages(bag, "assistant", "gen_ai.completion") ??
    events.output;
  return { input: withInstructions(bag, input), output };
}

/** The input messages, preceded by `gen_ai.system_instructions`, in which some providers put the system message. */
function withInstructions(
  bag: AttributeBag,
  input: PromptText | undefined,
): PromptText | undefined {
  const given = bag.see("gen_ai.system_instructions");
  if (given === undefined || input === undefined) return input;
  const value = typeof given === "string" ? parsed(given) : given;
  const { text, isWhole } = readPrompt(value);
  if (!isWhole) return input;
  const parts = typeof text === "string" ? [text] : text.map(({ content }) => content);
  const messages = typeof input === "string" ? [{ role: "user" as const, content: input }] : input;
  bag.drop("gen_ai.system_instructions");
  return [{ role: "system", content: parts.join("\n") }, ...messages];
}

/**
 * Versions up to 1.36 had an event for each message; `gen_ai.choice` is what came out. Before 1.28 one event held all of
 * a side: `gen_ai.content.prompt`, `gen_ai.content.completion`. The events stay with the span as they are.
 */
function eventTexts(events: readonly OtlpEvent[]): Texts {
  const input: JsonValue[] = [];
  const output: JsonValue[] = [];
  for (const { name, attributes } of events) {
    const [, role] = /^gen_ai\.(system|user|assistant|tool)\.message$/.exec(name) ?? [];
    if (role !== undefined) input.push(messageOfEvent(attributes, role));
    else if (name === "gen_ai.choice") output.push(messageOfEvent(attributes, "assistant"));
    else if (name === "gen_ai.content.prompt")
      return {
        ...eventTexts(events.filter((e) => e.name !== name)),
        input: sideOf(attributes["gen_ai.prompt"], "user"),
      };
    else if (name === "gen_ai.content.completion")
      output.push(...asList(attributes["gen_ai.completion"]));
  }
  return { input: sideOf(input, "user"), output: sideOf(output, "assistant") };
}

function asList(value: JsonValue | undefined): readonly JsonValue[] {
  const json = typeof value === "string" ? parsed(value) : value;
  return json === undefined ? [] : Array.isArray(json) ? (json as JsonValue[]) : [json];
}

function sideOf(value: JsonValue | undefined, role: "user" | "assistant"): PromptText | undefined {
  const list = asList(value);
  return list.length === 0 ? undefined : readPrompt(list, { role }).text;
}

function messageOfEvent(attributes: Readonly<Record<string, JsonValue>>, role: string): JsonValue {
  const read = (key: string): JsonValue | undefined => {
    const value = attributes[key] ?? attributes[`gen_ai.event.${key}`];
    return typeof value === "string" && key !== "content" ? parsed(value) : value;
  };
  const message = read("message");
  const inner = fieldsOf(message);
  const content = read("content");
  const own = { content, tool_calls: read("tool_calls"), tool_call_id: read("id") };
  return { role, ...known(own), ...inner } as JsonValue;
}
