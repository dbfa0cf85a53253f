/** What was seen of answers that come in parts, in bounded memory: of one, and of all that are under way. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { SpanEnd } from "../../ports/tracer.ts";
import { plainText } from "../../messages/plain-text.ts";
import { answerAttributes } from "./facts.ts";
import { sdkAnswer } from "./messages.ts";

/** How many characters may be kept. */
export class AnswerRoom {
  readonly each: number;
  readonly #all: number;
  #taken = 0;

  constructor({ each, all }: { readonly each: number; readonly all: number }) {
    this.each = each;
    this.#all = all;
  }

  take(characters: number): boolean {
    if (this.#taken + characters > this.#all) return false;
    this.#taken += characters;
    return true;
  }

  giveBack(characters: number): void {
    this.#taken -= characters;
  }
}

/** What a part costs besides its text. */
const partCharacters = 100;

/** The parts of an answer, put together as they come. */
export class SeenAnswer {
  readonly #room: AnswerRoom;
  #parts: JsonObject[] = [];
  readonly #open = new Map<string, { type: string; text: string }>();
  #response: JsonObject = {};
  #taken = 0;
  /** There was more than is kept: what follows would be a piece of it. */
  #isCut = false;

  constructor(room: AnswerRoom) {
    this.#room = room;
  }

  /** What the part says of an error, if it does. */
  part(part: unknown): { readonly error: unknown } | undefined {
    if (!isObject(part)) return undefined;
    switch (part["type"]) {
      case "text-delta":
        this.#text("text", part);
        return undefined;
      case "reasoning-delta":
        this.#text("reasoning", part);
        return undefined;
      case "tool-call":
        if (this.#take(partCharacters + plainText(part["input"]).length)) this.#parts.push(part);
        return undefined;
      case "response-metadata":
        this.#response = part;
        return undefined;
      case "error":
        return { error: part["error"] };
      default:
        return undefined;
    }
  }

  known(): SpanEnd<"prompt"> {
    const { id: responseId, modelId: model } = this.#response;
    const attributes = {
      ...answerAttributes({ responseId, model }),
      ...(this.#isCut ? { "hone.answer.cut": true } : {}),
    };
    return this.#parts.length === 0
      ? { attributes }
      : { attributes, output: sdkAnswer(this.#parts) };
  }

  /** Nobody asks any more, and nothing more is kept. */
  release(): void {
    this.#room.giveBack(this.#taken);
    this.#taken = 0;
    this.#isCut = true;
    this.#parts = [];
    this.#open.clear();
  }

  /** Parts of one id are one text. */
  #text(type: string, part: JsonObject): void {
    const delta = plainText(part["delta"] ?? part["textDelta"]);
    const key = `${type} ${plainText(part["id"])}`;
    const open = this.#open.get(key);
    if (!this.#take(delta.length + (open === undefined ? partCharacters : 0))) return;
    if (open !== undefined) return void (open.text += delta);
    const begun = { type, text: delta };
    this.#open.set(key, begun);
    this.#parts.push(begun);
  }

  #take(characters: number): boolean {
    const isOver = this.#isCut || this.#taken + characters > this.#room.each;
    this.#isCut = isOver || !this.#room.take(characters);
    if (!this.#isCut) this.#taken += characters;
    return !this.#isCut;
  }
}
