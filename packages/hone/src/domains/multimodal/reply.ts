/** The answer of an agent with images: a text, and the images that help to understand it. */
import { isObject, type JsonObject } from "../../core/json.ts";
import { jsonObjectsIn } from "../../core/json-in-text.ts";

/** An image of an answer. */
export interface ReplyImage {
  /** Its address, as the search gave it. */
  readonly url: string;
  /** What it shows, for those who cannot see it. */
  readonly alt: string;
  /** Why it helps. */
  readonly reason: string;
}

/** An answer. */
export interface MultimodalReply {
  /** The answer in words. */
  readonly text: string;
  /** In the order in which they are shown; empty where none helps. */
  readonly images: readonly ReplyImage[];
}

const text = { type: "string" } as const;

/** The JSON Schema of an answer, also for a model's replies (`responseFormat`). */
export const multimodalReplySchema = {
  type: "object",
  properties: {
    text,
    images: {
      type: "array",
      items: {
        type: "object",
        properties: { url: text, alt: text, reason: text },
        required: ["url", "alt", "reason"],
        additionalProperties: false,
      },
    },
  },
  required: ["text", "images"],
  additionalProperties: false,
} as const satisfies JsonObject;

/**
 * Reads the answer in a model's words: the last JSON object that has the form of one; words around it do not count.
 * @returns the answer, or what is wrong
 * @example parseReply('{"text":"Turn it left.","images":[]}'); // { reply: { text: "Turn it left.", images: [] } }
 */
export function parseReply(
  words: string,
): { readonly reply: MultimodalReply } | { readonly problem: string } {
  const found = jsonObjectsIn(words).filter(isObject);
  const given = found.findLast((one) => "text" in one) ?? found.at(-1);
  if (given === undefined) return { problem: "there is no JSON object" };
  const { text: said, images, ...rest } = given;
  if (typeof said !== "string") return { problem: '"text" is no text' };
  if (!Array.isArray(images)) return { problem: '"images" is no list' };
  if (Object.keys(rest).length > 0)
    return { problem: `there is no key ${JSON.stringify(Object.keys(rest)[0])}` };
  const list: readonly unknown[] = images;
  return list.every(isReplyImage)
    ? { reply: { text: said, images: list } }
    : { problem: 'an image is not { "url", "alt", "reason" }, each a text' };
}

const imageKeys = ["url", "alt", "reason"];

const isReplyImage = (given: unknown): given is ReplyImage =>
  isObject(given) &&
  imageKeys.every((key) => typeof given[key] === "string") &&
  Object.keys(given).length === imageKeys.length;
