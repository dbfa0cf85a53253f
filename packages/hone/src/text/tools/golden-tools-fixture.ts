/** The conversations with tools that transformers rendered (test/golden/tool_templates.py), and renderers of their templates. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Message, ToolCall } from "../../core/message.ts";
import type { Renderer } from "../../ports/renderer.ts";
import { trainTokenizer } from "../bpe-trainer.ts";
import { compileChatTemplate } from "../chat-template.ts";
import { makeRenderer } from "../renderer.ts";
import { makeTokenizer } from "../tokenizer.ts";

/** Tokens of each renderer's tokenizer at most. */
export const TOOL_VOCABULARY = 600;

/** A file of test/golden/tools. */
export interface ToolGolden {
  readonly template: string;
  readonly specials: Readonly<Record<string, string>>;
  readonly end: string;
  readonly tools: readonly object[];
  readonly messages: readonly {
    readonly role: Message["role"];
    readonly content: string;
    readonly reasoning_content?: string;
    readonly tool_call_id?: string;
    readonly tool_calls?: readonly {
      readonly id: string;
      readonly function: Omit<ToolCall, "id">;
    }[];
  }[];
  readonly turns: readonly { readonly at: number; readonly prompt: string }[];
  readonly text: string;
}

const folder = join(import.meta.dirname, "../../../../../test/golden/tools");
/** Every family with its conversation. */
export const toolFamilies = readdirSync(folder).map((file) => {
  const golden = JSON.parse(readFileSync(join(folder, file), "utf8")) as ToolGolden;
  return { family: file.replace(".json", ""), golden };
});

/** The conversation of a file as messages of hone. */
export const messagesOf = ({ messages }: ToolGolden): Message[] =>
  messages.map(({ role, content, reasoning_content, tool_call_id, tool_calls }) => ({
    role,
    content,
    ...(reasoning_content !== undefined && { reasoning: reasoning_content }),
    ...(tool_call_id !== undefined && { toolCallId: tool_call_id }),
    ...(tool_calls && { toolCalls: tool_calls.map(({ id, function: f }) => ({ id, ...f })) }),
  }));

/** A renderer of a file's template, with a tokenizer trained on its text. */
export async function openGolden({ template, specials, end, text }: ToolGolden): Promise<Renderer> {
  const marks = [...new Set([end, ...(text.match(/<\|?[^<>\s=]+\|?>|\[\/?[A-Z_]+\]/gu) ?? [])])];
  const json = trainTokenizer({ texts: [text], vocabularySize: TOOL_VOCABULARY, specials: marks });
  const tokenizer = await makeTokenizer({
    file: "trained",
    tokenizer: json,
    config: { eos_token: end },
  });
  return makeRenderer(tokenizer, compileChatTemplate(template, { specials }));
}
