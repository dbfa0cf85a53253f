/** Reads the JSON bodies of requests, with no more in memory than the limits allow. */
import { HoneError, messageOf } from "../core/errors.ts";
import { isObject, type JsonObject, parseJson } from "../core/json.ts";

/**
 * The JSON object in a request's body.
 * @param limitBytes  bytes of a body at most
 * @throws SERVE_JSON_INVALID, SERVE_BODY_TOO_LARGE
 */
export const jsonBody = async (request: Request, limitBytes: number): Promise<JsonObject> =>
  jsonObject(await bodyText(request, limitBytes));

/** As `jsonBody`; a request without a body gives an object without fields. */
export async function optionalJsonBody(request: Request, limitBytes: number): Promise<JsonObject> {
  const text = await bodyText(request, limitBytes);
  return text === "" ? {} : jsonObject(text);
}

function jsonObject(text: string): JsonObject {
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
  const declared = request.headers.get("content-length");
  if (Number(declared ?? 0) > limitBytes) throw tooLarge(limitBytes);
  // Node holds a sender to the declared length. Without one a body is read in pieces, which costs several times as much.
  const bytes =
    declared === null
      ? await bytesOf(request.body, limitBytes)
      : new Uint8Array(await request.arrayBuffer());
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new HoneError("SERVE_JSON_INVALID", { problem: "it is not UTF-8" }, { cause: error });
  }
}

async function bytesOf(body: Request["body"], limitBytes: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const pieces: Uint8Array[] = [];
  let count = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    count += piece.length;
    if (count > limitBytes) throw tooLarge(limitBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const tooLarge = (limitBytes: number): HoneError =>
  new HoneError("SERVE_BODY_TOO_LARGE", { limitBytes });
