/** Reads the JSON bodies of requests, with no more in memory than the limits allow. */
import { HoneError, messageOf } from "../core/errors.ts";
import { isObject, type JsonObject, parseJson } from "../core/json.ts";

/**
 * The JSON object in a request's body.
 * @param limitBytes  bytes of a body at most
 * @throws SERVE_JSON_INVALID, SERVE_BODY_TOO_LARGE
 */
export async function jsonBody(request: Request, limitBytes: number): Promise<JsonObject> {
  const text = await bodyText(request, limitBytes);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new HoneError("SERVE_JSON_INVALID", { problem: messageOf(error) }, { cause: error });
  }
  if (isObject(value)) return value;
  const got = Array.isArray(value) ? "a list" : `the JSON value ${String(value).slice(0, 50)}`;
  throw new HoneError("SERVE_JSON_INVALID", { problem: `it is ${got}` });
}

async function bodyText(request: Request, limitBytes: number): Promise<string> {
  const tooLarge = (): HoneError => new HoneError("SERVE_BODY_TOO_LARGE", { limitBytes });
  if (Number(request.headers.get("content-length") ?? 0) > limitBytes) throw tooLarge();
  if (request.body === null) return "";
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request.body as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > limitBytes) throw tooLarge();
    pieces.push(piece);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces));
  } catch (error) {
    throw new HoneError("SERVE_JSON_INVALID", { problem: "it is not UTF-8" }, { cause: error });
  }
}
