/** Results of tools in the AI SDK's form, `{ type, value }`. */
import { isObject, type JsonObject } from "../core/json.ts";
import { fileUrl } from "./message-images.ts";
import { plainText } from "./plain-text.ts";

/** Characters kept of a file's address or bytes in a result that lists it. */
const maxListedCharacters = 200;

/** What the model is told of the result; undefined for a result of another form. */
export function sdkResultText(
  { type, value, reason }: JsonObject,
  toText: (value: unknown) => string,
): string | undefined {
  if (type === "execution-denied") {
    return reason === undefined ? "execution denied" : `execution denied: ${plainText(reason)}`;
  }
  if (typeof type !== "string" || value === undefined) return undefined;
  if (type === "content" && Array.isArray(value)) {
    return value.map((part) => listedPart(part, toText)).join("\n");
  }
  return typeof value === "string" && !type.endsWith("json") ? value : toText(value);
}

/** A text as it is, a file by its kind and where it lies. */
function listedPart(part: unknown, toText: (value: unknown) => string): string {
  if (!isObject(part)) return toText(part);
  if (part["type"] === "text") return plainText(part["text"]);
  const url = fileUrl(part, plainText(part["mediaType"]), maxListedCharacters);
  return `[${plainText(part["type"])} ${url}]`;
}
