/**
 * Messages ⇄ tokens by a model's own chat template and tokenizer.
 *
 * The rendered text is cut where an assistant's message begins and ends, and each part is tokenised by itself. Sampling
 * cuts in the same places, so a row of supervised learning has exactly the tokens that a rollout would have.
 *
 *     <|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n  4<|im_end|>  \n
 *     given (mask 0)                                             said (1)     given
 *
 * The prompt of a next turn is the tokens so far and behind them the template's text for the new messages; what the model
 * sampled is never rendered again. Some templates rewrite earlier turns (Qwen3 drops old reasoning): with these, `prompt`
 * gives another text than `extend`, which keeps what was sampled.
 */
import { HoneError } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import type { TokenIds } from "../core/rollout.ts";
import type { RenderedConversation, Renderer } from "../ports/renderer.ts";
import { readChatTemplate, type ChatTemplate } from "./chat-template.ts";
import type { JsonObject } from "../core/json.ts";
import { parseReply } from "./parse-reply.ts";
import { templateMessages } from "./template-messages.ts";
import { openTokenizer, type Tokenizer } from "./tokenizer.ts";

/** What a chat template is rendered with, besides the messages. */
export interface RendererOptions {
  /** Tools in the form { type: "function", function: { name, description, parameters } }. */
  readonly tools?: readonly JsonObject[];
  /** Further variables of the template, such as `enable_thinking`. */
  readonly variables?: JsonObject;
  /** The time that `strftime_now` in templates gives. Default: the local time of day. */
  readonly now?: () => Date;
}

/**
 * The renderer of a Hugging Face folder.
 * @throws TOKENIZER_MISSING, TOKENIZER_INVALID; CHAT_TEMPLATE_MISSING, CHAT_TEMPLATE_INVALID;
 *         CHAT_TEMPLATE_LACKS when tools are given and the template has no place for them
 * @example
 * const renderer = await openRenderer("models/tiny");
 * const prompt = await renderer.prompt([{ role: "user", content: "3x + 7 = 16" }]);
 */
export async function openRenderer(
  folder: string,
  options: RendererOptions = {},
): Promise<Renderer> {
  const tokenizer = await openTokenizer(folder);
  const template = await readChatTemplate(folder, {
    hasTools: options.tools !== undefined,
    ...(options.now && { now: options.now }),
  });
  if (template === undefined) throw new HoneError("CHAT_TEMPLATE_MISSING", { folder });
  return makeRenderer(tokenizer, template, options, `The chat template of ${folder}`);
}

/** A renderer from its parts. `where` names the template in error messages. */
export function makeRenderer(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  options: RendererOptions = {},
  where = "The chat template",
): Renderer {
  return new TemplateRenderer(tokenizer, template, options, where);
}

/** A placeholder for an assistant's words, to find the text around them. No user's text holds it, and trimming keeps it. */
const PROBE = "hone-probe-5c1f07";

class TemplateRenderer implements Renderer {
  readonly stopTokens: readonly number[];
  readonly #tokenizer: Tokenizer;
  readonly #template: ChatTemplate;
  readonly #options: RendererOptions;
  readonly #where: string;
  /** The token that ends a turn, and its text; undefined when the template has no such token. */
  readonly #turnEnd: { readonly id: number; readonly text: string } | undefined;

  constructor(
    tokenizer: Tokenizer,
    template: ChatTemplate,
    options: RendererOptions,
    where: string,
  ) {
    this.#tokenizer = tokenizer;
    this.#template = template;
    this.#options = options;
    this.#where = where;
    if (options.tools !== undefined && !/\btools\b/u.test(template.source)) {
      throw new HoneError("CHAT_TEMPLATE_LACKS", { where, feature: "tools" });
    }
    this.#turnEnd = this.#findTurnEnd();
    const ends = this.#turnEnd === undefined ? [] : [this.#turnEnd.id];
    this.stopTokens = [...new Set([...ends, ...tokenizer.endOfText])];
  }

  async prompt(messages: readonly Message[]): Promise<TokenIds> {
    return this.#tokenizer.encode(this.#render(messages, true));
  }

  async extend(previous: TokenIds, added: readonly Message[]): Promise<TokenIds> {
    const glue = this.#tokenizer.encode(this.#textAfterTurn(added));
    const last = previous.at(-1);
    const hasEnded = last !== undefined && this.stopTokens.includes(last);
    const end = hasEnded || this.#turnEnd === undefined ? [] : [this.#turnEnd.id];
    return [...previous, ...end, ...glue];
  }

  async conversation(messages: readonly Message[]): Promise<RenderedConversation> {
    const text = this.#render(messages, false);
    const tokens: number[] = [];
    const mask: number[] = [];
    const add = (from: number, to: number, isOfAssistant: 0 | 1): void => {
      const ids = this.#tokenizer.encode(text.slice(from, to));
      for (const id of ids) tokens.push(id);
      for (let i = 0; i < ids.length; i++) mask.push(isOfAssistant);
    };
    let at = 0;
    for (const [i, message] of messages.entries()) {
      if (message.role !== "assistant") continue;
      const start = this.#startOfWords(messages, i, text, at);
      const end = this.#endOfWords(messages, i, text, start);
      add(at, start, 0);
      add(start, end, 1);
      at = end;
    }
    add(at, text.length, 0);
    return { tokens, mask };
  }

  async parse(tokens: TokenIds): Promise<Message> {
    let end = tokens.length;
    while (end > 0 && this.stopTokens.includes(tokens[end - 1]!)) end--;
    const text = this.#tokenizer.decode(tokens.slice(0, end));
    return parseReply(text, this.#template.source, tokens);
  }

  async encode(text: string): Promise<TokenIds> {
    return this.#tokenizer.encode(text);
  }

  async decode(tokens: TokenIds): Promise<string> {
    return this.#tokenizer.decode(tokens);
  }

  #render(messages: readonly Message[], generationPrompt: boolean): string {
    const { tools, variables } = this.#options;
    const shaped = templateMessages(messages, this.#template.source, this.#where);
    return this.#template.render(shaped, { generationPrompt, tools, variables });
  }

  /**
   * Where the words of message `index` begin in the text: where the prompt before it ends. A prompt may hold more than a
   * transcript does (an empty thought where thinking is off); then it is where a placeholder stands in the transcript.
   */
  #startOfWords(messages: readonly Message[], index: number, text: string, from: number): number {
    const prompt = this.#render(messages.slice(0, index), true);
    if (prompt.length >= from && text.startsWith(prompt)) return prompt.length;
    const { reasoning: _, ...probe } = { ...messages[index]!, content: PROBE };
    const marked = this.#render(messages.with(index, probe), false);
    const start = marked.indexOf(PROBE);
    if (start >= from && text.startsWith(marked.slice(0, start))) return start;
    const problem = "the conversation before it is written differently when it follows";
    throw new HoneError("CHAT_TEMPLATE_NOT_LINEAR", { where: this.#where, turn: index, problem });
  }

  /** Where message `index` ends: behind its end-of-turn token, or without one where the text ends if nothing follows. */
  #endOfWords(messages: readonly Message[], index: number, text: string, start: number): number {
    if (this.#turnEnd !== undefined) {
      const at = text.indexOf(this.#turnEnd.text, start);
      if (at >= 0) return at + this.#turnEnd.text.length;
    }
    return Math.max(start, commonLength(this.#render(messages.slice(0, index + 1), false), text));
  }

  /** The text that the template writes between the end of an assistant's turn and its next words. */
  #textAfterTurn(added: readonly Message[]): string {
    const calls = added.flatMap(({ role, toolCallId: id }) =>
      role === "tool" && id !== undefined ? [{ id, name: "tool", arguments: "{}" }] : [],
    );
    const toolCalls = this.#template.source.includes("tool_calls") ? calls : [];
    const question: Message = { role: "user", content: "?" };
    const reply: Message = {
      role: "assistant",
      content: PROBE,
      ...(toolCalls.length > 0 && { toolCalls }),
    };
    const text = this.#render([question, reply, ...added], true);
    return text.slice(this.#endOfProbe(text));
  }

  #endOfProbe(text: string): number {
    const at = text.indexOf(PROBE);
    if (at < 0) {
      const problem = "it leaves out what the assistant said";
      throw new HoneError("CHAT_TEMPLATE_NOT_LINEAR", { where: this.#where, turn: 1, problem });
    }
    const words = at + PROBE.length;
    if (this.#turnEnd === undefined) return words;
    const end = text.indexOf(this.#turnEnd.text, words);
    return end < 0 ? words : end + this.#turnEnd.text.length;
  }

  /** The first special token that the template writes after an assistant's words. */
  #findTurnEnd(): { id: number; text: string } | undefined {
    const text = this.#render(
      [
        { role: "user", content: "?" },
        { role: "assistant", content: PROBE },
      ],
      false,
    );
    const tail = text.slice(text.indexOf(PROBE) + PROBE.length);
    const specials = new Set(this.#tokenizer.specials.values());
    const id = this.#tokenizer.encode(tail).find((token) => specials.has(token));
    return id === undefined ? undefined : { id, text: this.#tokenizer.token(id) };
  }
}

/** How many characters at the beginning of two texts are equal. */
function commonLength(a: string, b: string): number {
  const max = Math.min(a.length, b.length);
  let n = 0;
  while (n < max && a.charCodeAt(n) === b.charCodeAt(n)) n++;
  return n;
}
