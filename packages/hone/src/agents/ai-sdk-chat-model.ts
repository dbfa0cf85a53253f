/**
 * A chat model over a model of the AI SDK, such as `openai("gpt-4o")`. It uses the SDK's provider interface, versions 2, 3
 * and 4, which AI SDK 5, 6 and 7 have, and imports nothing of the SDK.
 */
import { checkChatOptions } from "./call-options.ts";
import { fieldsOf, isObject } from "../core/json.ts";
import { checkOptions } from "../core/known-options.ts";
import type { Message, MessageImage, ToolCall } from "../core/message.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { ToolChoice } from "../core/tools.ts";
import type { ChatModel, ChatOptions } from "../ports/chat-model.ts";

/** A language model of the AI SDK 5, 6 or 7: the part of its provider interface that is used here. */
export interface AiSdkModel {
  /** Version of the provider interface. */
  readonly specificationVersion: "v2" | "v3" | "v4";
  /** Name of the provider, such as "openai.chat". */
  readonly provider: string;
  /** Name of the model at its provider, such as "gpt-4o". */
  readonly modelId: string;
  /** Makes one request. Its options differ between versions, which is why any are accepted here. */
  doGenerate(
    options: never,
  ): PromiseLike<{ readonly content: readonly unknown[]; readonly usage?: unknown }>;
}

/** Tokens that one request used. */
export interface ModelUsage {
  /** Of the prompt. */
  readonly inputTokens: number;
  /** Of the reply, with what the model thought. */
  readonly outputTokens: number;
}

/** Options of `aiSdkChatModel`. */
export interface AiSdkChatModelOptions {
  /** Is called after each request with the tokens that it used; undefined where the provider does not say. Default: nothing. */
  readonly onUsage?: (usage: ModelUsage | undefined) => void;
}

const versions: readonly string[] = ["v2", "v3", "v4"];

/**
 * Makes a chat model of a language model of the AI SDK. Each call is one request, without a retry when it
 * fails. Options that the SDK does not have (`minP`, `settings`) are refused by `chat` with OPTION_INVALID.
 *
 * @throws OPTION_INVALID for anything else, such as the name of a model
 * @example const judge = relativeJudge({ model: aiSdkChatModel(openai("gpt-4o")), name: "gpt-4o" });
 */
export function aiSdkChatModel(model: AiSdkModel, options: AiSdkChatModelOptions = {}): ChatModel {
  checkOptions("aiSdkChatModel", options, { onUsage: true });
  const given: unknown = model;
  const isModel =
    isObject(given) &&
    typeof given["doGenerate"] === "function" &&
    versions.includes(String(given["specificationVersion"]));
  if (!isModel) {
    const expected = `a language model of the AI SDK (provider interface ${versions.join(", ")})`;
    throw optionChecks("aiSdkChatModel").invalid("model", model, expected);
  }
  return { chat: (messages, given = {}) => generate(model, messages, given, options.onUsage) };
}

async function generate(
  model: AiSdkModel,
  messages: readonly Message[],
  options: ChatOptions,
  onUsage: AiSdkChatModelOptions["onUsage"],
): Promise<Message> {
  const request = {
    prompt: messages.map((message, i) => promptMessage(model, message, messages.slice(0, i))),
    ...requestOptions(options),
  };
  const { content, usage } = await model.doGenerate(request as never);
  onUsage?.(usageOf(usage));
  const texts = { text: "", reasoning: "" };
  const toolCalls: ToolCall[] = [];
  for (const part of content) {
    if (!isObject(part)) continue;
    const { type, text, toolCallId, toolName, input } = part;
    if ((type === "text" || type === "reasoning") && typeof text === "string") texts[type] += text;
    if (type === "tool-call") {
      const args = typeof input === "string" ? input : JSON.stringify(input ?? {});
      toolCalls.push({ id: String(toolCallId), name: String(toolName), arguments: args });
    }
  }
  return {
    role: "assistant",
    content: texts.text,
    ...(texts.reasoning === "" ? {} : { reasoning: texts.reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

/** Version 2 of the interface counts tokens as numbers, later ones as objects with a total. */
function usageOf(usage: unknown): ModelUsage | undefined {
  const { inputTokens, outputTokens } = fieldsOf(usage);
  const count = (value: unknown) => (isObject(value) ? value["total"] : value);
  const [input, output] = [count(inputTokens), count(outputTokens)];
  if (typeof input !== "number" || typeof output !== "number") return undefined;
  return { inputTokens: input, outputTokens: output };
}

/** The options of a call as the provider interface names them; those that were not given are absent. */
function requestOptions(options: ChatOptions): object {
  checkChatOptions(options);
  const check = optionChecks("the chat model over the AI SDK");
  const { tools, toolChoice, minP, settings } = options;
  if (minP !== undefined)
    throw check.invalid("minP", minP, "absent: the AI SDK has no such option");
  if (settings !== undefined) {
    throw check.invalid("settings", settings, "absent: tools of a model of the AI SDK go in tools");
  }
  const named = {
    maxOutputTokens: options.maxTokens,
    temperature: options.temperature,
    topP: options.topP,
    topK: options.topK,
    stopSequences: options.stopStrings && [...options.stopStrings],
    seed: options.seed,
    responseFormat: options.responseFormat,
    tools: tools?.map(({ name, description, parameters }) => ({
      type: "function",
      name,
      ...(description !== undefined && { description }),
      inputSchema: parameters,
    })),
    toolChoice: toolChoice && choiceOf(toolChoice),
    abortSignal: options.signal,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

const choiceOf = (choice: ToolChoice): object =>
  typeof choice === "string" ? { type: choice } : { type: "tool", toolName: choice.name };

function promptMessage(model: AiSdkModel, message: Message, before: readonly Message[]): object {
  const { role, content, images = [], reasoning, toolCalls = [], toolCallId = "" } = message;
  const text = content === "" ? [] : [{ type: "text", text: content }];
  switch (role) {
    case "system":
      return { role, content };
    case "user":
      return { role, content: [...text, ...images.map((image) => filePart(model, image))] };
    case "assistant":
      return {
        role,
        content: [
          ...(reasoning === undefined ? [] : [{ type: "reasoning", text: reasoning }]),
          ...text,
          ...toolCalls.map((call) => ({
            type: "tool-call",
            toolCallId: call.id,
            toolName: call.name,
            input: parsed(call.arguments),
          })),
        ],
      };
    case "tool": {
      const call = before.flatMap((one) => one.toolCalls ?? []).find(({ id }) => id === toolCallId);
      const output = { type: "text", value: content };
      const result = { type: "tool-result", toolCallId, toolName: call?.name ?? "tool", output };
      return { role, content: [result] };
    }
  }
}

/** A picture as a file. Version 4 of the interface tags its data as bytes or address; earlier versions do not. */
function filePart({ specificationVersion }: AiSdkModel, { url, mediaType }: MessageImage): object {
  const inline = /^data:([^;,]*)(?:;[^,]*)?;base64,(.*)$/s.exec(url);
  const type = mediaType ?? (inline?.[1] || "image/*");
  const isTagged = specificationVersion === "v4";
  if (inline) {
    const data = inline[2]!;
    return { type: "file", mediaType: type, data: isTagged ? { type: "data", data } : data };
  }
  const address = new URL(url);
  return {
    type: "file",
    mediaType: type,
    data: isTagged ? { type: "url", url: address } : address,
  };
}

/** Arguments of a tool call as a value; text that is no JSON stays text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
