/** What LangChain says of a run besides its messages: model, settings, usage, where in a graph it runs. */
import { isObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import type { Message } from "../../../core/message.ts";
import type { TokenUsage } from "../../../core/span.ts";
import type { SpanEnd } from "../../../ports/tracer.ts";
import { plainText } from "../../plain-text.ts";
import { chainMessages } from "./messages.ts";

type Attributes = Readonly<Record<string, JsonValue>>;

/** Where in a graph a run is: the names are LangGraph's. */
const places = ["langgraph_node", "langgraph_step", "langgraph_checkpoint_ns", "thread_id"];

export const placeOf = (metadata: unknown): Attributes =>
  given(places.map((name) => [name, isObject(metadata) ? metadata[name] : undefined]));

/** LangChain's names of settings, its own and providers', and OpenTelemetry's. */
const settings: Readonly<Record<string, string>> = {
  temperature: "gen_ai.request.temperature",
  top_p: "gen_ai.request.top_p",
  topP: "gen_ai.request.top_p",
  top_k: "gen_ai.request.top_k",
  topK: "gen_ai.request.top_k",
  max_tokens: "gen_ai.request.max_tokens",
  max_completion_tokens: "gen_ai.request.max_tokens",
  max_output_tokens: "gen_ai.request.max_tokens",
  maxOutputTokens: "gen_ai.request.max_tokens",
  frequency_penalty: "gen_ai.request.frequency_penalty",
  presence_penalty: "gen_ai.request.presence_penalty",
  stop: "gen_ai.request.stop_sequences",
  stop_sequences: "gen_ai.request.stop_sequences",
  seed: "gen_ai.request.seed",
  stream: "gen_ai.request.stream",
  n: "gen_ai.request.choice.count",
  tools: "gen_ai.tool.definitions",
  tool_choice: "langchain.tool_choice",
  response_format: "langchain.response_format",
};

/** What is known of a model call at its start. */
export interface AskedOfChain {
  readonly model?: string;
  readonly provider?: string;
  readonly attributes: Attributes;
}

/**
 * @param extra  `invocation_params` as they go to the provider
 * @param metadata  LangSmith's `ls_…` names for what all providers have
 */
export function askedOfChain(extra: unknown, metadata: unknown): AskedOfChain {
  const params =
    isObject(extra) && isObject(extra["invocation_params"]) ? extra["invocation_params"] : {};
  const known = isObject(metadata) ? metadata : {};
  const model = text(known["ls_model_name"]) ?? text(params["model"] ?? params["model_name"]);
  const provider = text(known["ls_provider"]);
  return {
    ...(model === undefined ? {} : { model }),
    ...(provider === undefined ? {} : { provider }),
    attributes: {
      ...given([
        ["gen_ai.request.temperature", known["ls_temperature"]],
        ["gen_ai.request.max_tokens", known["ls_max_tokens"]],
        ["gen_ai.request.stop_sequences", known["ls_stop"]],
        ...Object.entries(settings).map(([key, name]) => [name, params[key]] as const),
      ]),
      ...placeOf(metadata),
    },
  };
}

export interface AnsweredByChain {
  readonly known: SpanEnd<"prompt">;
  readonly responseId: string | undefined;
}

/** @param result  LangChain's LLMResult: generations by prompt, of which there is one */
export function answeredByChain(result: unknown): AnsweredByChain {
  const generations = isObject(result) ? result["generations"] : undefined;
  const first: unknown = Array.isArray(generations) ? generations[0] : undefined;
  const choices = Array.isArray(first) ? first.filter(isObject) : [];
  const llmOutput = isObject(result) && isObject(result["llmOutput"]) ? result["llmOutput"] : {};
  return answered(choices, llmOutput);
}

/** @param message  what came of a stream that nobody read to its end */
export const answeredSoFar = (message: JsonObject | undefined): AnsweredByChain =>
  answered(message === undefined ? [] : [{ message }], {});

function answered(choices: readonly JsonObject[], llmOutput: JsonObject): AnsweredByChain {
  const [choice = {}] = choices;
  const message = isObject(choice["message"]) ? choice["message"] : {};
  const meta = isObject(message["response_metadata"]) ? message["response_metadata"] : {};
  const info = { ...(isObject(choice["generationInfo"]) ? choice["generationInfo"] : {}), ...meta };
  const model = text(info["model_name"] ?? info["model"] ?? info["modelId"]);
  const reason = text(info["finish_reason"] ?? info["stop_reason"] ?? info["finishReason"]);
  const responseId = idOf(info, message);
  const usage = usageOf(message["usage_metadata"]) ?? oldUsage(llmOutput["tokenUsage"]);
  const output = choices.flatMap(outputOf);
  return {
    responseId,
    known: {
      ...(output.length === 0 ? {} : { output }),
      ...(model === undefined ? {} : { model, name: `chat ${model}` }),
      ...(usage === undefined ? {} : { usage }),
      attributes: given([
        ["gen_ai.response.id", responseId],
        ["gen_ai.response.model", model],
        ["gen_ai.response.finish_reasons", reason === undefined ? undefined : [reason]],
      ]),
    },
  };
}

/** A message, or the text of a model that knows no messages. */
function outputOf(choice: JsonObject): Message[] {
  if (isObject(choice["message"])) return chainMessages([choice["message"]]);
  return typeof choice["text"] === "string" ? [{ role: "assistant", content: choice["text"] }] : [];
}

/** The provider's id: of the response where it has one of its own, else the message's, unless LangChain made it up. */
function idOf(info: JsonObject, message: JsonObject): string | undefined {
  const own = text(info["id"]) ?? text(message["id"]);
  return own?.startsWith("run-") === true || own?.startsWith("lc_") === true ? undefined : own;
}

function usageOf(usage: unknown): TokenUsage | undefined {
  if (!isObject(usage)) return undefined;
  const input = count(usage["input_tokens"]);
  const output = count(usage["output_tokens"]);
  if (input === undefined && output === undefined) return undefined;
  const { input_token_details: read, output_token_details: made } = usage;
  const cached = isObject(read) ? count(read["cache_read"]) : undefined;
  const reasoning = isObject(made) ? count(made["reasoning"]) : undefined;
  return {
    input: input ?? 0,
    output: output ?? 0,
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(cached === undefined ? {} : { cached }),
  };
}

function oldUsage(usage: unknown): TokenUsage | undefined {
  if (!isObject(usage)) return undefined;
  const input = count(usage["promptTokens"]);
  const output = count(usage["completionTokens"]);
  if (input === undefined && output === undefined) return undefined;
  return { input: input ?? 0, output: output ?? 0 };
}

const count = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

const text = (value: unknown): string | undefined => {
  const plain = plainText(value);
  return plain === "" ? undefined : plain;
};

/** The fields that are there. */
const given = (fields: readonly (readonly [string, unknown])[]): Attributes =>
  Object.fromEntries(
    fields.filter(([, value]) => value !== undefined && value !== null),
  ) as Attributes;
