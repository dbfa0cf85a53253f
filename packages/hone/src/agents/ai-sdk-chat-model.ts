/**
 * A chat model over a model of the AI SDK (`openai("gpt-4o")`, `anthropic(…)`), by the provider interface itself: versions
 * 2, 3 and 4, which AI SDK 5, 6 and 7 bring. Nothing of the SDK is imported.
 *
 * A call is one request: no tools are offered, and it is not repeated when it fails.
 */
import { HoneError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import type { Message, MessageImage, ToolCall } from "../core/message.ts";
import type { ChatModel, ChatOptions } from "../ports/chat-model.ts";

/** What is used of a language model of the AI SDK. */
export interface AiSdkModel {
  readonly specificationVersion: "v2" | "v3" | "v4";
  readonly provider: string;
  readonly modelId: string;
  // The parameter differs between versions; what is passed is made for the model's own.
  doGenerate(options: never): PromiseLike<{ readonly content: readonly unknown[] }>;
}

const versions: readonly string[] = ["v2", "v3", "v4"];

/**
 * @throws OPTION_INVALID for what is no such model, such as a model's name
 * @example const judge = relativeJudge({ model: aiSdkChatModel(openai("gpt-4o")), name: "gpt-4o" });
 */
export function aiSdkChatModel(model: AiSdkModel): ChatModel {
  const given: unknown = model;
  const isModel =
    isObject(given) &&
    typeof given["doGenerate"] === "function" &&
    versions.includes(String(given["specificationVersion"]));
  if (!isModel) {
    throw new HoneError("OPTION_INVALID", {
      where: "aiSdkChatModel",
      option: "model",
      got: isObject(given) ? `version ${String(given["specificationVersion"])}` : String(given),
      expected: `a language model of the AI SDK (provider interface ${versions.join(", ")})`,
    });
  }
  return { chat: (messages, options = {}) => generate(model, messages, options) };
}

async function generate(
  model: AiSdkModel,
  messages: readonly Message[],
  { signal, maxTokens, temperature }: ChatOptions,
): Promise<Message> {
  const request = {
    prompt: messages.map((message, i) => promptMessage(model, message, messages.slice(0, i))),
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(signal === undefined ? {} : { abortSignal: signal }),
  };
  const { content } = await model.doGenerate(request as never);
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

/** Version 4 says of a file's data what it is; earlier ones tell it by its type. */
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

/** Arguments that are no JSON go as the text they are. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
