/** Results of tools in the AI SDK's form, `{ type, value }`. */
import { isObject, type JsonObject } from "../core/json.ts";
import { fileUrl } from "./message-images.ts";
import { plainText } from "./plain-text.ts";

/** Characters kept of a file's address or bytes in a result that lists it. */
const maxListedCharacters = 200;

/** A tool's result as the text that the model gets; undefined for a result that is not in the SDK's form. */
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
