/** Reads what LangChain tells of a run besides its messages: model, settings, usage, place in a graph. */
import { fieldsOf, isObject, type JsonObject } from "../../core/json.ts";
import {
  completeLabels,
  labelsOfMetadata,
  tagsIn,
  type TraceLabels,
} from "../../core/trace-labels.ts";
import type { Message } from "../../core/message.ts";
import type { SpanEnd } from "../../ports/tracer.ts";
import { plainText } from "../../messages/plain-text.ts";
import {
  type Attributes,
  commonSettings,
  givenFields,
  settingsOf,
} from "../../messages/request-settings.ts";
import { usageOf } from "../../messages/token-usage.ts";
import { readMessages } from "../../messages/read-messages.ts";

/** LangGraph's names for the place of a run in a graph. */
const places = ["langgraph_node", "langgraph_step", "langgraph_checkpoint_ns", "thread_id"];

export const placeOf = (metadata: unknown): Attributes =>
  givenFields(places.map((name) => [name, fieldsOf(metadata)[name]]));

/** Metadata and tags that LangChain and LangGraph make themselves. */
const ownMetadata = /^(?:__|ls_|lc_|langgraph_|checkpoint_|revision_id$)/;
const ownTags = /^(?:seq:step:|map:key:|graph:step:|langsmith:|langgraph:)/;

/**
 * The session, the user, tags and metadata that the app gave a run. LangChain copies the names of a configuration, such as
 * `thread_id`, into the metadata.
 */
export function labelsOfChain({ tags, metadata }: RunLabels): TraceLabels {
  const own = Object.entries(fieldsOf(metadata)).filter(([name]) => !ownMetadata.test(name));
  const given = tagsIn(tags).filter((tag) => !ownTags.test(tag));
  const labels = labelsOfMetadata(Object.fromEntries(own));
  return completeLabels(given.length === 0 ? {} : { tags: given }, labels);
}

interface RunLabels {
  readonly tags: unknown;
  readonly metadata: unknown;
}

/** Names of request settings: those of all SDKs, and those of LangChain and its providers. */
const settings = {
  ...commonSettings,
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
  const params = fieldsOf(fieldsOf(extra)["invocation_params"]);
  const known = fieldsOf(metadata);
  const model = text(known["ls_model_name"]) ?? text(params["model"] ?? params["model_name"]);
  const provider = text(known["ls_provider"]);
  return {
    ...(model === undefined ? {} : { model }),
    ...(provider === undefined ? {} : { provider }),
    attributes: {
      ...givenFields([
        ["gen_ai.request.temperature", known["ls_temperature"]],
        ["gen_ai.request.max_tokens", known["ls_max_tokens"]],
        ["gen_ai.request.stop_sequences", known["ls_stop"]],
        ...Object.entries(settingsOf(params, settings)),
      ]),
      ...placeOf(metadata),
    },
  };
}

/** What is known of a model call at its end. */
export interface AnsweredByChain {
  readonly known: SpanEnd<"prompt">;
  readonly responseId: string | undefined;
}

/** @param result  LangChain's LLMResult: generations by prompt, of which there is one */
export function answeredByChain(result: unknown): AnsweredByChain {
  const generations = fieldsOf(result)["generations"];
  const first: unknown = Array.isArray(generations) ? generations[0] : undefined;
  const choices = Array.isArray(first) ? first.filter(isObject) : [];
  const llmOutput = fieldsOf(fieldsOf(result)["llmOutput"]);
  return answered(choices, llmOutput);
}

/** @param message  what came of a stream that was not read to its end */
export const answeredSoFar = (message: JsonObject | undefined): AnsweredByChain =>
  answered(message === undefined ? [] : [{ message }], {});

function answered(choices: readonly JsonObject[], llmOutput: JsonObject): AnsweredByChain {
  const [choice = {}] = choices;
  const message = fieldsOf(choice["message"]);
  const meta = fieldsOf(message["response_metadata"]);
  const info = { ...fieldsOf(choice["generationInfo"]), ...meta };
  const model = text(info["model_name"] ?? info["model"] ?? info["modelId"]);
  const reason = text(info["finish_reason"] ?? info["stop_reason"] ?? info["finishReason"]);
  const responseId = idOf(info, message);
  const output = choices.flatMap(outputOf);
  return {
    responseId,
    known: {
      ...(output.length === 0 ? {} : { output }),
      ...(model === undefined ? {} : { model, name: `chat ${model}` }),
      // Older answers of LangChain count apart from the message.
      ...usageOf(llmOutput["tokenUsage"]),
      ...usageOf(message["usage_metadata"]),
      attributes: givenFields([
        ["gen_ai.response.id", responseId],
        ["gen_ai.response.model", model],
        ["gen_ai.response.finish_reasons", reason === undefined ? undefined : [reason]],
      ]),
    },
  };
}

/** The answer of a chat model, or the text of a model that has no messages. */
function outputOf(choice: JsonObject): Message[] {
  if (isObject(choice["message"])) return readMessages([choice["message"]]);
  return typeof choice["text"] === "string" ? [{ role: "assistant", content: choice["text"] }] : [];
}

/** The provider's id of the response, else of the message; undefined where LangChain made the id up. */
function idOf(info: JsonObject, message: JsonObject): string | undefined {
  const own = text(info["id"]) ?? text(message["id"]);
  return own?.startsWith("run-") === true || own?.startsWith("lc_") === true ? undefined : own;
}

const text = (value: unknown): string | undefined => {
  const plain = plainText(value);
  return plain === "" ? undefined : plain;
};
