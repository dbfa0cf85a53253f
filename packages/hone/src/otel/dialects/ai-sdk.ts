/**
 * The dialect of the AI SDK's own telemetry, `ai.*`, of versions 3 to 6 (and of 7 with its legacy integration).
 *
 * `ai.generateText` is the whole call with its steps, `ai.generateText.doGenerate` one call of the model. Only the model's call
 * becomes a prompt, so that no token counts twice. Attributes that repeat its values under `gen_ai.*` are dropped.
 */
import type { JsonValue } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { PromptText } from "../../core/span.ts";
import { type AttributeBag, parsed } from "../attribute-bag.ts";
import { readPrompt } from "../../messages/read-messages.ts";
import { tokenUsage } from "../../messages/token-usage.ts";
import { contentMeaning, type Dialect, known, type Meaning, takeMessages } from "../meaning.ts";

export const aiSdk: Dialect = {
  name: "ai",
  matches: (span) => "ai.operationId" in span.attributes || "ai.toolCall.name" in span.attributes,
  read: (bag, span) => {
    const operation = bag.word("ai.operationId") || span.name;
    bag.drop("operation.name");
    if (operation === "ai.toolCall" || bag.has("ai.toolCall.name")) return readTool(bag);
    if (/^ai\.(generate|stream)(Text|Object)\.do(Generate|Stream)$/.test(operation)) {
      return readModelCall(bag);
    }
    return readCall(bag);
  },
};

function readTool(bag: AttributeBag): Meaning {
  return {
    kind: "tool",
    toolName: bag.text("ai.toolCall.name") ?? "",
    arguments: bag.json("ai.toolCall.args", "ai.toolCall.input") ?? null,
    ...known({
      callId: bag.text("ai.toolCall.id"),
      result: bag.json("ai.toolCall.result", "ai.toolCall.output"),
    }),
  };
}

function readModelCall(bag: AttributeBag): Meaning {
  const input = takeMessages(bag, "user", "ai.prompt.messages", "ai.prompt") ?? "";
  const output = takeOutput(bag);
  const usage = takeUsage(bag);
  const model = bag.text("ai.model.id", "gen_ai.request.model");
  const provider = bag.text("ai.model.provider", "gen_ai.system");
  bag.drop("gen_ai.request.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens");
  if (bag.see("gen_ai.system") === provider) bag.drop("gen_ai.system");
  return { kind: "prompt", input, ...known({ output, model, provider }), ...usage };
}

function takeUsage(bag: AttributeBag): ReturnType<typeof tokenUsage> {
  return tokenUsage(
    bag.number("ai.usage.inputTokens", "ai.usage.promptTokens", "gen_ai.usage.input_tokens"),
    bag.number("ai.usage.outputTokens", "ai.usage.completionTokens", "gen_ai.usage.output_tokens"),
    {
      reasoning: bag.number(
        "ai.usage.reasoningTokens",
        "ai.usage.outputTokenDetails.reasoningTokens",
      ),
      cached: bag.number(
        "ai.usage.cachedInputTokens",
        "ai.usage.inputTokenDetails.cacheReadTokens",
      ),
    },
  );
}

/** Takes text, reasoning, tool calls and object of an answer, as one message. */
function takeOutput(bag: AttributeBag): PromptText | undefined {
  const text = bag.text("ai.response.text", "ai.result.text");
  const reasoning = bag.text("ai.response.reasoning");
  const object = bag.text("ai.response.object", "ai.result.object");
  const key = ["ai.response.toolCalls", "ai.result.toolCalls"].find((one) => bag.has(one));
  const calls = key === undefined ? undefined : callsOf(bag.json(key)!);
  if (key !== undefined && calls === undefined) bag.keep(key);
  if (text === undefined && reasoning === undefined && calls === undefined) return object;
  return [
    {
      role: "assistant",
      content: text ?? object ?? "",
      ...known({ reasoning, toolCalls: calls }),
    } as Message,
  ];
}

function callsOf(value: JsonValue): Message["toolCalls"] {
  const { text, isWhole } = readPrompt([{ role: "assistant", content: "", tool_calls: value }]);
  return isWhole && typeof text !== "string" ? text[0]?.toolCalls : undefined;
}

/** Reads a whole call with its steps. Its `ai.prompt` is what the app gave: `{ system, prompt, messages }`. */
function readCall(bag: AttributeBag): Meaning {
  const given = bag.see("ai.prompt");
  const prompt = typeof given === "string" ? parsed(given) : given;
  const fields = (typeof prompt === "object" && prompt !== null ? prompt : {}) as Readonly<
    Record<string, JsonValue>
  >;
  const { system, prompt: text, messages } = fields;
  const input = messages === undefined ? (text ?? prompt) : readPrompt(messages).text;
  const isWhole = Object.keys(fields).every((key) => key === "prompt");
  if (isWhole && text !== undefined && system === undefined) bag.drop("ai.prompt");
  const output = takeOutput(bag);
  const agent = bag.text("ai.telemetry.functionId", "resource.name");
  return { ...contentMeaning(bag, input as JsonValue | undefined, output), ...known({ agent }) };
}
