/** Reads what the spans of OpenAI Agents JS tell of model calls, executions of tools and events. */
import {
  fieldsOf,
  isObject,
  type JsonObject,
  type JsonValue,
  objectsOf,
  parsedJson,
} from "../../core/json.ts";
import type { Message, ToolCall } from "../../core/message.ts";
import type { TokenUsage, TraceError } from "../../core/span.ts";
import type { SpanEnd } from "../../ports/tracer.ts";
import {
  type Attributes,
  commonSettings,
  givenFields,
  settingsOf,
} from "../../messages/request-settings.ts";
import { usageOf } from "../../messages/token-usage.ts";
import { readPrompt } from "../../messages/read-messages.ts";
import { itemMessages } from "../../messages/wires/response-items.ts";
import { chatCompletions } from "../../messages/wires/chat-completions.ts";
import { responses } from "../../messages/wires/responses.ts";
import { textField, type WireAnswer } from "../../messages/wires/wire.ts";

/** A span of the SDK; its data is filled in while the span runs. */
export interface AgentsSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
  readonly spanData: JsonObject;
  readonly error: { readonly message: string; readonly data?: JsonObject | undefined } | null;
}

/** Names of request settings: those of all SDKs, and those of this one alone. */
const settings = {
  ...commonSettings,
  toolChoice: "openai_agents.tool_choice",
  parallelToolCalls: "openai_agents.parallel_tool_calls",
  reasoning: "openai_agents.reasoning",
};

/** What is known of a model call at its start. */
export interface AskedOfModel {
  readonly input?: readonly Message[];
  readonly attributes: Attributes;
  /** False where the app keeps messages out of its traces. */
  readonly isKept: boolean;
}

/** @param request  the SDK's ModelRequest; undefined where the app brought a model class of its own */
export function askedOfModel(request: unknown): AskedOfModel {
  // `traceIncludeSensitiveData: false` makes it "enabled_without_data".
  if (!isObject(request)) return { attributes: {}, isKept: true };
  if (request["tracing"] !== true) return { attributes: {}, isKept: false };
  const tools = [
    ...objectsOf(request["tools"]),
    ...objectsOf(request["handoffs"]).map(handoffTool),
  ];
  return {
    isKept: true,
    input: itemMessages(request["systemInstructions"], request["input"]),
    attributes: givenFields([
      ...Object.entries(settingsOf(request["modelSettings"], settings)),
      ["gen_ai.tool.definitions", tools.length === 0 ? undefined : tools],
      ["openai_agents.previous_response_id", request["previousResponseId"]],
      ["openai_agents.conversation_id", request["conversationId"]],
      ["openai_agents.output_type", typeOf(request["outputType"])],
    ]),
  };
}

/** A handoff is offered to the model as a tool. */
const handoffTool = (handoff: JsonObject): JsonObject => ({
  type: "function",
  name: handoff["toolName"],
  description: handoff["toolDescription"],
  parameters: handoff["inputJsonSchema"],
});

const typeOf = (outputType: unknown): unknown => (outputType === "text" ? undefined : outputType);

/** What is known of a model call at its end. */
export interface Answered {
  readonly known: SpanEnd<"prompt">;
  readonly responseId: string | undefined;
  readonly toolCalls: readonly ToolCall[];
}

/** What became known of a model call by the end of its span. */
export function answeredByModel(span: AgentsSpan, asked: AskedOfModel): Answered {
  const { spanData: data } = span;
  const found = data["type"] === "response" ? responseFacts(data) : generationFacts(data);
  const { output, input, model, usage, responseId } = found;
  const prompt = asked.input ?? input;
  const error = agentsError(span);
  return {
    responseId,
    toolCalls: output?.flatMap((message) => message.toolCalls ?? []) ?? [],
    known: {
      ...(prompt === undefined ? {} : { input: prompt }),
      ...(output === undefined || output.length === 0 ? {} : { output }),
      ...(model === undefined ? {} : { model, name: `chat ${model}` }),
      ...(usage === undefined ? {} : { usage }),
      ...(error === undefined ? {} : { error }),
      attributes: found.attributes,
    },
  };
}

interface ModelFacts {
  readonly input: readonly Message[] | undefined;
  readonly output: readonly Message[] | undefined;
  readonly model: string | undefined;
  readonly usage: TokenUsage | undefined;
  readonly responseId: string | undefined;
  readonly attributes: Attributes;
}

/** A call of the Responses API. */
function responseFacts(data: JsonObject): ModelFacts {
  const response = fieldsOf(data["_response"]);
  const { _input: input, response_id: id } = data;
  return {
    ...answerFacts(
      { ...textField("id", id), ...responses.answer(response) },
      settingsOf(response, settings),
    ),
    input: input === undefined ? undefined : itemMessages(response["instructions"], input),
  };
}

/** The SDK's placeholder for the id of a response that had none. */
const noId = "FAKE_ID";

/** A call of Chat Completions, or of the app's own model class. */
function generationFacts(data: JsonObject): ModelFacts {
  const [given = {}] = objectsOf(data["output"]);
  const { id, ...answer } = chatCompletions.answer(given);
  const { input, model_config: config } = data;
  const facts = answerFacts(
    {
      ...textField("model", data["model"]),
      ...answer,
      ...(id === noId ? {} : textField("id", id)),
    },
    settingsOf(config, settings),
  );
  const isChat = Array.isArray(given["choices"]) || data["output"] === undefined;
  return {
    ...facts,
    input: input === undefined ? undefined : chatMessages(input),
    output: isChat ? facts.output : itemMessages(undefined, data["output"]),
    usage: facts.usage ?? usageOf(data["usage"]).usage,
  };
}

function answerFacts(
  answer: Partial<WireAnswer>,
  attributes: Attributes,
): Omit<ModelFacts, "input"> {
  const { id, model, output, usage, finishReasons = [] } = answer;
  return {
    output,
    model,
    usage,
    responseId: id,
    attributes: givenFields([
      ...Object.entries(attributes),
      ["gen_ai.response.id", id],
      ["gen_ai.response.model", model],
      ["gen_ai.response.finish_reasons", finishReasons.length === 0 ? undefined : finishReasons],
    ]),
  };
}

/** Messages of Chat Completions. */
function chatMessages(value: unknown): readonly Message[] {
  const found = readPrompt(value).text;
  return typeof found === "string" ? [{ role: "user", content: found }] : found;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** The error of a span: the SDK keeps a message of its own, and mostly the original error as a text. */
export function agentsError(span: Pick<AgentsSpan, "error">): TraceError | undefined {
  if (span.error === null || span.error === undefined) return undefined;
  const inner = text(span.error.data?.["error"]);
  if (inner === undefined) return { message: span.error.message };
  // `String(error)` is the error's name and message.
  const [, type, message] = /^([A-Z]\w*): (.*)$/s.exec(inner) ?? [];
  return type === undefined ? { message: inner } : { message: message!, type };
}

/** What became known of a tool's execution by its end: its arguments and its result are texts, mostly JSON. */
export function ranTool(span: AgentsSpan): SpanEnd<"tool"> & { readonly given: string } {
  const { input, output } = span.spanData;
  const error = agentsError(span);
  return {
    given: text(input) ?? "",
    ...(input === undefined ? {} : { arguments: parsedJson(input) }),
    ...(output === undefined ? {} : { result: parsedJson(output) }),
    ...(error === undefined ? {} : { error }),
  };
}

/** A name, or the name of an agent; undefined where there is none. */
export function nameOf(value: unknown): string | undefined {
  const name = isObject(value) ? value["name"] : value;
  return typeof name === "string" && name !== "" ? name : undefined;
}

/** What the user said last in a run's input: a text, items, or the state of a run that was interrupted. */
export function taskOf(input: unknown): string {
  const items = isObject(input) ? input["_originalInput"] : input;
  return itemMessages(undefined, items).findLast(({ role }) => role === "user")?.content ?? "";
}

/** What became known of a handoff, a guardrail or an event of the app by the end of its span. */
export function coordinationOf(span: AgentsSpan): SpanEnd<"coordination"> {
  const error = agentsError(span);
  return { details: detailsOf(span.spanData), ...(error === undefined ? {} : { error }) };
}

function detailsOf(data: JsonObject): JsonValue {
  if (data["type"] === "handoff") {
    return { from: nameOf(data["from_agent"]) ?? null, to: nameOf(data["to_agent"]) ?? null };
  }
  if (data["type"] === "custom") return (data["data"] ?? {}) as JsonValue;
  const { type: _, ...rest } = data;
  return rest as JsonValue;
}
