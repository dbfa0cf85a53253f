/** The text files of a new model: a tokenizer trained on given texts, and the ChatML template. */
import { elementsOf } from "../core/json-text.ts";
import type { ConversationSettings, Message } from "../core/message.ts";
import { trainTokenizer, type BpeOptions } from "./bpe-trainer.ts";
import { compileChatTemplate } from "./chat-template.ts";
import { chatml, chatmlSpecials } from "./chatml.ts";
import { pythonValues } from "./jinja/from-json.ts";
import { templateMessages } from "./template-messages.ts";

/** A text, or a conversation, whose roles are read, too. */
export type TokenizerText = string | readonly Pick<Message, "role" | "content">[];

/** What a new tokenizer is trained on, and how large it becomes. */
export interface TinyTokenizerOptions extends Pick<BpeOptions, "vocabularySize"> {
  readonly texts: readonly TokenizerText[];
}

/**
 * The contents of the files by their names, to be written into a model folder. `transformers` and `openTokenizer` read
 * them alike.
 *
 * Ids 0, 1, 2 are `<|endoftext|>` (padding), `<|im_start|>` and `<|im_end|>` (ends a turn); the bytes follow.
 * generation_config.json is one of them, since it names the tokens that end a text.
 *
 * @throws OPTION_INVALID, DATA_EMPTY as `trainTokenizer` does
 * @example
 * const files = tinyTokenizerFiles({ texts: ["3x + 7 = 16"], vocabularySize: 512 });
 */
export function tinyTokenizerFiles(
  options: TinyTokenizerOptions,
): Readonly<Record<TinyTokenizerFile, string>> {
  const [padding, , end] = chatmlSpecials;
  const tokenizer = trainTokenizer({
    ...options,
    texts: options.texts.flatMap(textsOf),
    specials: chatmlSpecials,
  });
  const config = {
    tokenizer_class: "Qwen2Tokenizer",
    bos_token: null,
    eos_token: end,
    pad_token: padding,
    clean_up_tokenization_spaces: false,
  };
  const generation = { eos_token_id: [2, 0], pad_token_id: 0 };
  return {
    "tokenizer.json": write(tokenizer),
    "tokenizer_config.json": write(config),
    "generation_config.json": write(generation),
    "chat_template.jinja": chatml,
  };
}

/** The contents and the roles: a role is in the header of every turn, so it should become one token. */
const textsOf = (text: TokenizerText): readonly string[] =>
  typeof text === "string" ? [text] : text.flatMap(({ role, content }) => [role, content]);

export type TinyTokenizerFile =
  | "tokenizer.json"
  | "tokenizer_config.json"
  | "generation_config.json"
  | "chat_template.jinja";

/**
 * What the tokenizer of a new model is trained on for a conversation. One with tools is given as the template writes it: their
 * descriptions are most of what the model reads, and calls much of what it writes.
 * @param settings  the tools that the conversation offers
 */
export function tokenizerTextOf(
  messages: readonly Message[],
  { tools }: Pick<ConversationSettings, "tools"> = {},
): TokenizerText {
  const callsTools = messages.some(({ toolCalls = [] }) => toolCalls.length > 0);
  if (tools === undefined && !callsTools) return messages;
  const offered = tools === undefined ? [] : elementsOf(tools);
  return compileChatTemplate(chatml).render(templateMessages(messages, chatml, "ChatML"), {
    tools: offered.flatMap(({ text }) => pythonValues(text) ?? []),
  });
}

const write = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
