/** The one accumulator of streamed answers: text, reasoning, calls of tools, and parts that come whole. */
import type { Message, MessageImage, Role, ToolCall } from "../core/message.ts";
import {
  MessageBuilder,
  type MessageParts,
  type ReadingOptions,
  type ToolMessage,
} from "./message-builder.ts";
import { jsonText, plainText } from "./plain-text.ts";
import type { TextShare } from "./text-budget.ts";

/** What one event of a stream says of a call of a tool. */
export interface CallPiece {
  /** The place of the call among those of the answer, where the provider counts them. */
  readonly index?: unknown;
  readonly id?: unknown;
  readonly name?: unknown;
  /** A piece of the arguments' text. */
  readonly piece?: string;
  /** The arguments, whole: their text or a value. */
  readonly value?: unknown;
}

/** A call of a tool, as far as it came. */
export class StreamedCall implements ToolCall {
  id = "";
  name = "";
  /** The arguments, where they came whole and not in pieces of their text. */
  value: unknown;
  #text = "";

  /** The text of the arguments, as the model wrote it and as far as it came; of a value, its JSON. */
  get arguments(): string {
    if (this.#text !== "" || this.value === undefined) return this.#text;
    return typeof this.value === "string" ? this.value : jsonText(this.value);
  }

  /** True where the arguments came in pieces of their text. */
  get hasPieces(): boolean {
    return this.#text !== "";
  }

  add({ id, name, piece = "", value }: CallPiece): void {
    this.id ||= plainText(id);
    const more = plainText(name);
    // Some providers repeat the name in every piece; some send it in pieces.
    if (more !== this.name) this.name += more;
    this.#text += piece;
    this.value = value ?? this.value;
  }

  /**
   * True when a piece with this id and name begins another call: it names a tool, and has another id or comes after the
   * arguments of this call.
   */
  isFollowedBy(id: string, name: string): boolean {
    if (name === "") return false;
    if (id !== "" && this.id !== "" && id !== this.id) return true;
    if (!this.hasPieces && this.value === undefined) return false;
    if (name !== this.name) return true;
    return (id === "" || id !== this.id) && this.#hasWholeArguments;
  }

  get #hasWholeArguments(): boolean {
    if (!this.hasPieces) return true;
    if (!/[}\]"]\s*$/.test(this.#text)) return false;
    try {
      JSON.parse(this.#text);
      return true;
    } catch {
      return false;
    }
  }
}

/** What an answer and each part without text count for in the budget, besides their texts, in characters. */
const partCharacters = 100;

export class StreamedAnswer implements MessageParts {
  readonly options: ReadingOptions;
  readonly #share: TextShare | undefined;
  #calls: StreamedCall[] = [];
  readonly #byId = new Map<string, StreamedCall>();
  readonly #byIndex = new Map<unknown, StreamedCall>();
  #builder: MessageBuilder;
  #isEmpty = true;

  /** @param share  what may be kept of the answer; what does not fit, and all after it, is left out. Default: all is kept */
  constructor(share?: TextShare, options: ReadingOptions = {}) {
    this.#share = share;
    this.options = options;
    this.#builder = new MessageBuilder(options);
  }

  /** True once something did not fit into the budget. */
  get isCut(): boolean {
    return this.#share?.isCut === true;
  }

  /** True as long as nothing was kept. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** The calls so far, in the order in which they began. */
  get calls(): readonly StreamedCall[] {
    return this.#calls;
  }

  text(text: string): void {
    if (text !== "" && this.#take(text.length)) this.#builder.text(text);
  }

  reasoning(text: string): void {
    if (text !== "" && this.#take(text.length)) this.#builder.reasoning(text);
  }

  image(image: MessageImage): void {
    if (this.#take(image.url.length + partCharacters)) this.#builder.image(image);
  }

  result(message: ToolMessage): void {
    if (this.#take(message.content.length + partCharacters)) this.#builder.result(message);
  }

  unplaced(part: unknown): void {
    const { toText = jsonText } = this.options;
    if (this.#take(toText(part).length + partCharacters)) this.#builder.unplaced(part);
  }

  leftOut(): void {
    this.#builder.leftOut();
  }

  call(call: ToolCall): void {
    this.callPiece({ id: call.id, name: call.name, value: call.arguments });
  }

  /**
   * Joins a piece to its call: by the id, else by the index, else to the last call. A piece that can belong to no earlier
   * call begins one.
   *
   * @returns the call; undefined where the piece was left out
   */
  callPiece(piece: CallPiece): StreamedCall | undefined {
    const known = this.#callOf(piece);
    const { id, name, piece: text = "", value } = piece;
    const size = text.length + [id, name, value].map(plainText).join("").length;
    if (!this.#take(known === undefined ? size + partCharacters : size)) return undefined;
    const call = known ?? new StreamedCall();
    call.add(piece);
    if (known === undefined) {
      this.#calls.push(call);
      this.#builder.call(call);
    }
    if (call.id !== "") this.#byId.set(call.id, call);
    if (hasIndex(piece)) this.#byIndex.set(piece.index, call);
    return call;
  }

  #callOf(piece: CallPiece): StreamedCall | undefined {
    const [id, name] = [plainText(piece.id), plainText(piece.name)];
    const named = this.#byId.get(id);
    const open = named ?? (hasIndex(piece) ? this.#byIndex.get(piece.index) : this.#calls.at(-1));
    if (open === undefined || open.isFollowedBy(id, name)) return undefined;
    // Without an index, an unknown id means another call.
    const isOther = named === undefined && !hasIndex(piece) && id !== "" && open.id !== "";
    return isOther ? undefined : open;
  }

  /** The answer as far as it came. */
  messages(role: Role = "assistant"): Message[] {
    return this.#builder.messages(role).map(({ toolCalls, ...message }) => ({
      ...message,
      ...(toolCalls === undefined ? {} : { toolCalls: toolCalls.map(copyOf) }),
    }));
  }

  /** Drops the answer and gives back its part of the budget; later pieces are ignored. */
  release(): void {
    this.#share?.release();
    this.#builder = new MessageBuilder(this.options);
    this.#isEmpty = true;
    this.#calls = [];
    this.#byId.clear();
    this.#byIndex.clear();
  }

  #take(size: number): boolean {
    const isTaken = this.#share?.take(this.#isEmpty ? size + partCharacters : size) !== false;
    if (isTaken) this.#isEmpty = false;
    return isTaken;
  }
}

const hasIndex = ({ index }: CallPiece): boolean => index !== undefined && index !== null;

const copyOf = ({ id, name, arguments: given }: ToolCall): ToolCall => ({
  id,
  name,
  arguments: given,
});
