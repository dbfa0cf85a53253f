/** Pictures and files in messages: addresses and bytes, in the forms of all providers and SDKs. */
import { cutText } from "../core/cut-texts.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import type { MessageImage } from "../core/message.ts";
import { jsonText, plainText } from "./plain-text.ts";

/** Fields that may hold the address or the bytes of a file, in the order in which they are tried. */
const fileFields = [
  ...["image_url", "imageUrl", "image", "source", "file", "uri", "url", "file_id"],
  ...["data", "file_data", "content", "uint8ArrayData", "base64Data", "base64"],
];

/** Fields whose texts are always addresses; texts in other fields are base64 unless they begin with a scheme such as `https:`. */
const addressFields: ReadonlySet<string> = new Set([
  "image_url",
  "imageUrl",
  "uri",
  "url",
  "file_id",
]);

const mediaTypeFields = ["mediaType", "media_type", "mimeType", "mime_type"];

/** Characters kept of a file that is no picture. */
const maxFileCharacters = 32_768;

/**
 * The picture in a part of a message, a text that names another kind of file, or undefined where the part has neither.
 *
 * @param maxCharacters  characters kept of a picture
 */
export function readFile(
  part: JsonObject,
  maxCharacters = Infinity,
): MessageImage | string | undefined {
  const mediaType = mediaTypeOf(part);
  const isImage = isImageType(part["type"]);
  if (isImage || isOfImages(part, mediaType)) {
    const url = fileUrl(part, mediaType || (isImage ? "image/*" : unknownType), maxCharacters);
    return url === "" ? undefined : { url, ...(mediaType === "" ? {} : { mediaType }) };
  }
  const url = fileUrl(part, mediaType || unknownType, maxFileCharacters);
  return url === "" ? undefined : `[file ${[nameOf(part), url].filter(Boolean).join(" ")}]`;
}

const unknownType = "application/octet-stream";

/** True for `image`, `image_url`, `input_image`, `image-data`, `computer_screenshot` and the like. */
export const isImageType = (type: unknown): boolean =>
  typeof type === "string" && /(?:^|[_-])image(?:$|[_-])|screenshot$/.test(type);

/** Files say their media type or, in telemetry, their modality; of addresses and bytes that say neither, most are pictures. */
function isOfImages(part: JsonObject, mediaType: string): boolean {
  const kind = mediaType || plainText(part["modality"]);
  return kind === "" ? !/file/.test(String(part["type"])) : /^image(?:\/|$)/.test(kind);
}

function mediaTypeOf(part: JsonObject): string {
  const own = mediaTypeFields.map((field) => plainText(part[field])).find(Boolean);
  if (own !== undefined) return own;
  for (const inner of [part["source"], part["file"], part["image"]]) {
    const found = isObject(inner) ? mediaTypeOf(inner) : "";
    if (found !== "") return found;
  }
  const [, type = ""] = /^data:([^;,]+)[;,]/.exec(plainText(part["file_data"])) ?? [];
  return type;
}

function nameOf(part: JsonObject): string {
  const inner = isObject(part["file"]) ? part["file"] : part;
  return plainText(inner["filename"]) || plainText(inner["name"]);
}

/** The address of a file, or its bytes as a `data:` URL, cut visibly; empty where the part has neither. */
export function fileUrl(part: JsonObject, mediaType: string, maxCharacters: number): string {
  for (const field of fileFields) {
    const url = urlOf(part[field], mediaType, maxCharacters);
    if (url === "") continue;
    const isBase64 =
      typeof part[field] === "string" && !addressFields.has(field) && !hasScheme(url);
    return shortened(isBase64 ? dataUrl(mediaType, url) : url, maxCharacters);
  }
  return "";
}

/** An address, base64 or the URL of bytes; empty for a value that is none. */
function urlOf(value: unknown, mediaType: string, maxCharacters: number): string {
  if (typeof value === "string") return value;
  if (value instanceof URL) return value.href;
  if (isBytes(value)) return bytesUrl(value, mediaType, maxCharacters);
  if (!isObject(value)) return "";
  // AI SDK 7 says what a file's data is: bytes, an address, a provider's own reference, or a text.
  if (value["type"] === "text") return plainText(value["text"]);
  const inner = fileUrl(value, mediaTypeOf(value) || mediaType, maxCharacters);
  if (inner !== "") return inner;
  return plainText(value["id"]) || jsonText(value["reference"] ?? value);
}

function bytesUrl(bytes: ArrayBufferView | ArrayBuffer, mediaType: string, max: number): string {
  const view =
    bytes instanceof ArrayBuffer
      ? Buffer.from(bytes)
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Only what is kept is encoded: three bytes are four characters.
  const kept = max === Infinity ? view : view.subarray(0, max);
  const url = dataUrl(mediaType, kept.toString("base64"));
  const length = dataUrl(mediaType, "").length + 4 * Math.ceil(view.length / 3);
  return max === Infinity ? url : cutText(url, max, length);
}

const shortened = (url: string, max: number): string =>
  max === Infinity ? url : cutText(url, max);

const dataUrl = (mediaType: string, base64: string): string => `data:${mediaType};base64,${base64}`;

const hasScheme = (text: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(text.slice(0, 32));

const isBytes = (value: unknown): value is ArrayBufferView | ArrayBuffer =>
  ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
