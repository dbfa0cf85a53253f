/** The one builder of messages: readers of wires, SDKs and telemetry hand it the parts of a message in their order. */
import type { Message, MessageImage, Role, ToolCall } from "../core/message.ts";
import { jsonText } from "./plain-text.ts";

/** How messages of others are read. */
export interface ReadingOptions {
  /** The role of texts and parts that name none. Default "user". */
  readonly role?: Role;
  /** Writes a value that is no text as one. Default: its JSON. */
  readonly toText?: (value: unknown) => string;
  /** Characters kept of one picture. Default: all. */
  readonly maxImageCharacters?: number;
}

/** The result of a tool, which is a message of its own. */
export type ToolMessage = Omit<Message, "role">;

/** Takes the parts of a message: one that came whole (`MessageBuilder`) or one that comes in pieces (`StreamedAnswer`). */
export interface MessageParts {
  readonly options: ReadingOptions;
  /** Text, appended to the text so far. */
  text(text: string): void;
  /** Text that the model thought. */
  reasoning(text: string): void;
  /** A call of a tool, whole. */
  call(call: ToolCall): void;
  image(image: MessageImage): void;
  result(message: ToolMessage): void;
  /** A part that messages have no place for. */
  unplaced(part: unknown): void;
  /** Says that something of the last part was not kept. */
  leftOut(): void;
}

export class MessageBuilder implements MessageParts {
  readonly options: ReadingOptions;
  #text = "";
  #reasoning = "";
  // Lists are made when they are needed: most messages have none.
  #images: MessageImage[] | undefined;
  #calls: ToolCall[] | undefined;
  /** Results of tools that came before the message's own parts, and after the first of these. */
  #resultsBefore: Message[] | undefined;
  #resultsAfter: Message[] | undefined;
  #isWhole = true;
  #isLineOver = false;

  constructor(options: ReadingOptions = {}) {
    this.options = options;
  }

  /** False once a part had no place, or something of one was not kept. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** True as long as the message has neither text nor calls nor pictures: only what the model thought, if that. */
  get isUnsaid(): boolean {
    return this.#text === "" && this.#calls === undefined && this.#images === undefined;
  }

  get hasText(): boolean {
    return this.#text !== "";
  }

  text(text: string): void {
    if (text === "") return;
    this.#text += this.#isLineOver ? `\n${text}` : text;
    this.#isLineOver = false;
  }

  /** @param between  stands between this text and the one before it */
  reasoning(text: string, between = ""): void {
    this.#reasoning += this.#reasoning === "" ? text : between + text;
  }

  call(call: ToolCall): void {
    (this.#calls ??= []).push(call);
  }

  image(image: MessageImage): void {
    (this.#images ??= []).push(image);
  }

  result({ content, ...rest }: ToolMessage): void {
    const list = this.#isEmpty ? (this.#resultsBefore ??= []) : (this.#resultsAfter ??= []);
    list.push({ role: "tool", content, ...rest });
  }

  /** Stands in the text on lines of its own. */
  unplaced(part: unknown): void {
    const { toText = jsonText } = this.options;
    this.#isWhole = false;
    this.#isLineOver = this.#text !== "";
    this.text(toText(part));
    this.#isLineOver = true;
  }

  leftOut(): void {
    this.#isWhole = false;
  }

  /**
   * The message among the results of tools that came with it; these alone where nothing else came.
   *
   * @param toolCallId  the call that the message answers
   */
  messages(role: Role, toolCallId?: string): Message[] {
    const before = this.#resultsBefore ?? [];
    if (this.#isEmpty && before.length > 0) return before;
    const own: Message = {
      role,
      content: this.#text,
      ...(this.#images === undefined ? {} : { images: this.#images }),
      ...(this.#reasoning === "" ? {} : { reasoning: this.#reasoning }),
      ...(this.#calls === undefined ? {} : { toolCalls: this.#calls }),
      ...(toolCallId === undefined ? {} : { toolCallId }),
    };
    return [...before, own, ...(this.#resultsAfter ?? [])];
  }

  get #isEmpty(): boolean {
    return this.isUnsaid && this.#reasoning === "";
  }
}
