/**
 * Messages ⇄ tokens by a model's own chat template and tokenizer.
 *
 * A conversation is tokenised as one text, as `transformers` does it, and the mask is laid on its tokens: a token is trained
 * when it holds a character of what an assistant says (conversation-text.ts tells where that is).
 *
 * The prompt of a next turn is the tokens so far and behind them the template's text for the new messages (next-turn.ts);
 * what the model sampled is never rendered again. The new text is tokenised behind the text before it, so that the tokens are
 * those of the whole text wherever the sampled ones are. Some templates rewrite earlier turns (Qwen3 drops old reasoning):
 * with these, `prompt` gives another text than `extend`, which keeps what was sampled.
 */
import { hash } from "node:crypto";
import { HoneError, isError } from "../core/errors.ts";
import type { ConversationSettings, Message } from "../core/message.ts";
import type { TokenIds } from "../core/rollout.ts";
import type { JsonObject } from "../core/json.ts";
import type { ToolChoice } from "../core/tools.ts";
import type { ParseOptions, RenderedConversation, Renderer } from "../ports/renderer.ts";
import { readChatTemplate, type ChatTemplate, type TemplateMessage } from "./chat-template.ts";
import { GrowingTexts } from "./growing-texts.ts";
import { attempt, conversationText, findMarking, type Writer } from "./conversation-text.ts";
import { nextTurn } from "./next-turn.ts";
import { plainConversation, plainPrompt } from "./plain-conversation.ts";
import { beforeStop } from "./reply/certain-text.ts";
import { parseReply, type ReplyForm } from "./reply/parse-reply.ts";
import { opensThought } from "./reply/thought.ts";
import { templateMessages, withArgumentsAs } from "./template-messages.ts";
import { markGenerations } from "./generation-marks.ts";
import { promptedForm } from "./tools/prompted-tools.ts";
import { showTools } from "./tools/shown-tools.ts";
import { toolStyleOf, type ToolStyle } from "./tools/tool-style.ts";
import { idsBehind, TokenPlaces } from "./token-places.ts";
import { openTokenizer, type Tokenizer } from "./tokenizer.ts";

/** What a chat template is rendered with, besides the messages. */
export interface RendererOptions {
  /** Tools: JSON text of a list of { type: "function", function: { name, description, parameters } }. */
  readonly tools?: string;
  /** Further variables of the template, such as `enable_thinking`. */
  readonly variables?: JsonObject;
  /** The time that `strftime_now` in templates gives. Default: the local time of day. */
  readonly now?: () => Date;
}

/**
 * The renderer of a Hugging Face folder.
 * @throws TOKENIZER_MISSING, TOKENIZER_INVALID; CHAT_TEMPLATE_MISSING, CHAT_TEMPLATE_AMBIGUOUS, CHAT_TEMPLATE_INVALID
 * @example
 * const renderer = await openRenderer("models/tiny");
 * const prompt = await renderer.prompt([{ role: "user", content: "3x + 7 = 16" }]);
 */
export async function openRenderer(
  folder: string,
  options: RendererOptions = {},
): Promise<Renderer> {
  const tokenizer = await openTokenizer(folder);
  const now = options.now && { now: options.now };
  const forTools = await readChatTemplate(folder, { hasTools: true, ...now });
  const template =
    options.tools === undefined ? await readChatTemplate(folder, { ...now }) : forTools;
  if (template === undefined || forTools === undefined) {
    throw new HoneError("CHAT_TEMPLATE_MISSING", { folder });
  }
  return new TemplateRenderer(tokenizer, template, options, {
    where: `The chat template of ${folder}`,
    forTools,
    styles: new Map(),
    growing: new GrowingTexts((ids) => tokenizer.decode(ids)),
  });
}

/** A renderer from its parts. `where` names the template in error messages. */
export function makeRenderer(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  options: RendererOptions = {},
  where = "The chat template",
): Renderer {
  return new TemplateRenderer(tokenizer, template, options, {
    where,
    forTools: template,
    styles: new Map(),
    growing: new GrowingTexts((ids) => tokenizer.decode(ids)),
  });
}

/** What else a renderer knows of its template. */
interface TemplateFacts {
  /** Names the template in error messages. */
  readonly where: string;
  /** The template for conversations that offer tools; many folders have the same for both. */
  readonly forTools: ChatTemplate;
  /** How templates deal with tools, by their texts and variables. */
  readonly styles: Map<string, ToolStyle>;
  /** The texts of replies that are being sampled. */
  readonly growing: GrowingTexts;
}

class TemplateRenderer implements Renderer {
  readonly stopTokens: readonly number[];
  readonly #tokenizer: Tokenizer;
  readonly #template: ChatTemplate;
  readonly #options: RendererOptions;
  readonly #facts: TemplateFacts;
  /** Renderers for conversations with settings of their own, by these. */
  readonly #others = new Map<string, TemplateRenderer>();
  /** The token that ends a turn; undefined when the template writes none. */
  readonly #turnEnd: number | undefined;
  readonly #writer: Writer;

  constructor(
    tokenizer: Tokenizer,
    template: ChatTemplate,
    options: RendererOptions,
    facts: TemplateFacts,
  ) {
    const { where } = facts;
    this.#tokenizer = tokenizer;
    this.#template = template;
    this.#options = options;
    this.#facts = facts;
    const write = (messages: readonly Message[], generationPrompt: boolean): string =>
      this.#render(template, messages, generationPrompt);
    this.#turnEnd = this.#findTurnEnd(write);
    const ends = this.#turnEnd === undefined ? [] : [this.#turnEnd];
    this.stopTokens = [...new Set([...ends, ...tokenizer.endOfText])];
    this.#writer = {
      where,
      write,
      writeGenerations: (messages, marks) => {
        const marked = markGenerations(template, marks);
        return marked && this.#render(marked, messages, false);
      },
      turnEnds: this.stopTokens.map((id) => tokenizer.token(id)),
    };
  }

  async prompt(
    messages: readonly Message[],
    settings: ConversationSettings = {},
  ): Promise<TokenIds> {
    if (settings.isPlain === true) return plainPrompt(messages, this.#tokenizer);
    const other = this.#for(settings);
    if (other !== this) return other.prompt(messages);
    return this.#tokenizer.encode(this.#writer.write(messages, true));
  }

  async extend(
    previous: TokenIds,
    added: readonly Message[],
    conversation?: readonly Message[],
    settings: ConversationSettings = {},
  ): Promise<TokenIds> {
    const other = this.#for(settings);
    if (other !== this) return other.extend(previous, added, conversation);
    const next = nextTurn(added, conversation, this.#writer);
    const last = previous.at(-1);
    const hasEnded = last !== undefined && this.stopTokens.includes(last);
    const end = hasEnded || this.#turnEnd === undefined ? [] : [this.#turnEnd];
    return [...previous, ...end, ...idsBehind(next.before, next.added, this.#tokenizer)];
  }

  async conversation(
    messages: readonly Message[],
    settings: ConversationSettings = {},
  ): Promise<RenderedConversation> {
    if (settings.isPlain === true) return plainConversation(messages, this.#tokenizer);
    const other = this.#for(settings);
    const { tools: _, variables: __, ...rest } = settings;
    if (other !== this) return other.conversation(messages, rest);
    const { text, said } = conversationText(messages, this.#writer, settings);
    const places = new TokenPlaces(text, this.#tokenizer);
    return { tokens: places.ids, mask: places.mask(said) };
  }

  async parse(tokens: TokenIds, options: ParseOptions = {}): Promise<Message> {
    const { prompt, settings = {}, readsCalls = true } = options;
    const other = this.#for(settings);
    if (other !== this) return other.parse(tokens, { ...options, settings: {} });
    const { stopStrings = [], isPartial = false } = options;
    let end = tokens.length;
    while (end > 0 && this.stopTokens.includes(tokens[end - 1]!)) end--;
    const said = end === tokens.length ? tokens : tokens.slice(0, end);
    const { growing } = this.#facts;
    const whole = isPartial ? growing.textOf(said) : this.#tokenizer.decode(said);
    if (!isPartial) growing.forget(said);
    return parseReply(beforeStop(whole, stopStrings, isPartial), this.#replyForm(readsCalls), {
      isPartial,
      tools: this.#options.tools,
      hasEnded: end < tokens.length,
      isCut: !isPartial && end === tokens.length,
      ...(prompt !== undefined && {
        isThinking: this.#opensThought(prompt),
        salt: prompt.length,
      }),
    });
  }

  async callOpening(
    choice: ToolChoice,
    prompt: TokenIds,
    settings: ConversationSettings = {},
  ): Promise<TokenIds> {
    const other = this.#for(settings);
    if (other !== this) return other.callOpening(choice, prompt);
    if (choice === "none") return [];
    const { form, opening } = this.#style;
    if (form === undefined || opening === undefined) {
      throw new HoneError("TOOL_CALLS_UNKNOWN", { where: this.#facts.where });
    }
    if (choice === "auto") return [];
    const text = opening(typeof choice === "string" ? undefined : choice.name);
    return this.#tokenizer.encode(this.#opensThought(prompt) ? `${THOUGHT_CLOSING}${text}` : text);
  }

  async answerOpening(prompt: TokenIds): Promise<TokenIds> {
    return this.#opensThought(prompt) ? this.#tokenizer.encode(THOUGHT_CLOSING) : [];
  }

  /** The token that ends a turn. A template that can write no conversation without tools shows it with one. */
  #findTurnEnd(write: Writer["write"]): number | undefined {
    try {
      return findTurnEnd(write, this.#tokenizer);
    } catch (error) {
      const isRefused =
        isError(error, "CHAT_TEMPLATE_FAILED") || isError(error, "CHAT_TEMPLATE_REFUSED");
      if (!isRefused || this.#options.tools !== undefined) throw error;
      const options = { ...this.#options, tools: anyTools };
      const other = attempt(
        () => new TemplateRenderer(this.#tokenizer, this.#template, options, this.#facts),
      );
      if (other === undefined) throw error;
      return other.#turnEnd;
    }
  }

  /** How the template deals with tools; found when it is first asked for. */
  get #style(): ToolStyle {
    const { styles } = this.#facts;
    const { variables = {} } = this.#options;
    const key = JSON.stringify([this.#template.source, variables]);
    const style = styles.get(key) ?? toolStyleOf(this.#template, variables);
    styles.set(key, style);
    return style;
  }

  /** What replies are read by. Calls as words are looked for only where tools are offered. */
  #replyForm(readsCalls: boolean): ReplyForm {
    const thinks = this.#template.source.includes("</think>");
    const hasCalls = readsCalls && (this.#options.tools !== undefined || this.#mayCall);
    if (!hasCalls) return { thinks, calls: undefined };
    const { form } = this.#style;
    const isShown = this.#options.tools !== undefined || form !== promptedForm;
    return { thinks, calls: isShown ? form : undefined };
  }

  /** Whether the template can have a form of calls at all, without rendering it. */
  get #mayCall(): boolean {
    return this.#template.source.includes("tool_calls");
  }

  #opensThought(prompt: TokenIds): boolean {
    return opensThought(this.#tokenizer.decode(prompt.slice(-THOUGHT_OPENING)));
  }

  async encode(text: string): Promise<TokenIds> {
    return this.#tokenizer.encode(text);
  }

  async tokenBytes(tokens: TokenIds): Promise<(number[] | null)[]> {
    try {
      return tokens.map((token) => {
        const bytes = this.#tokenizer.bytesOf(token);
        return bytes === undefined ? null : [...bytes];
      });
    } catch (error) {
      if (isError(error, "FORMAT_TOKENIZER_UNSUPPORTED")) return tokens.map(() => null);
      throw error;
    }
  }

  async templateDigest(): Promise<string> {
    return hash("sha256", this.#template.source).slice(0, 16);
  }

  async decode(tokens: TokenIds): Promise<string> {
    return this.#tokenizer.decode(tokens);
  }

  /** The renderer for what a conversation says besides its messages. */
  #for({ tools, variables }: ConversationSettings): TemplateRenderer {
    if (tools === undefined && variables === undefined) return this;
    const key = JSON.stringify([tools, variables]);
    const options: RendererOptions = {
      ...this.#options,
      ...(tools !== undefined && { tools }),
      variables: { ...this.#options.variables, ...variables },
    };
    const template = tools === undefined ? this.#template : this.#facts.forTools;
    const other =
      this.#others.get(key) ??
      new TemplateRenderer(this.#tokenizer, template, options, this.#facts);
    if (this.#others.size < MAX_OTHERS) this.#others.set(key, other);
    return other;
  }

  #render(template: ChatTemplate, messages: readonly Message[], generationPrompt: boolean): string {
    const { tools, variables = {} } = this.#options;
    const shown =
      tools === undefined
        ? { messages, tools, variables: {} }
        : showTools(messages, tools, this.#style);
    const hasCalls = shown.messages.some(({ toolCalls = [] }) => toolCalls.length > 0);
    const values = templateMessages(shown.messages, template.source, this.#facts.where);
    const takesTexts = hasCalls && this.#mayCall && this.#style.takesTexts;
    const shaped = takesTexts ? withArgumentsAs("text", values, shown.messages) : values;
    const write = (given: readonly TemplateMessage[]): string =>
      template.render(given, {
        generationPrompt,
        tools: shown.tools,
        variables: { ...variables, ...shown.variables },
      });
    try {
      return write(shaped);
    } catch (error) {
      if (!isError(error, "CHAT_TEMPLATE_FAILED") || !hasCalls) throw error;
      // Some templates can write the arguments of calls in one form only.
      for (const form of ["text", "values"] as const) {
        const text = attempt(() => write(withArgumentsAs(form, shaped, shown.messages)));
        if (text !== undefined) return text;
      }
      throw error;
    }
  }
}

/** Tools for a template that demands some, where only its marks are of interest. */
const anyTools = JSON.stringify([
  {
    type: "function",
    function: { name: "tool", description: "none", parameters: { type: "object", properties: {} } },
  },
]);

/** Tokens at the end of a prompt among which the mark that opens a thought is, also where it is no token of its own. */
const THOUGHT_OPENING = 16;

/** What ends a thought without words, as templates that think write it. */
const THOUGHT_CLOSING = "\n</think>\n\n";

/** How many renderers with settings of conversations are kept. */
const MAX_OTHERS = 50;

/** The first special token that a template writes behind an assistant's words. */
function findTurnEnd(write: Writer["write"], tokenizer: Tokenizer): number | undefined {
  const messages: readonly Message[] = [
    { role: "user", content: "question" },
    { role: "assistant", content: "words" },
  ];
  const text = write(messages, false);
  const words = findMarking(messages, text, { write })?.parts.at(-1)?.place;
  if (words === undefined) return undefined;
  const specials = new Set(tokenizer.specials.values());
  return tokenizer.encode(text.slice(words.end)).find((token) => specials.has(token));
}
