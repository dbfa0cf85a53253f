/** Reads what `fetch` was called with: body, method, address and abort signal. The body stays readable for the platform. */

import { messageOf } from "../../core/errors.ts";
import { saysJson, tooLong } from "./skipped-request.ts";

type FetchInput = Parameters<typeof fetch>[0];
type FetchInit = Parameters<typeof fetch>[1];

/** The text of a request's body; undefined for streams, forms and bodies that are too long to be read as they are sent. */
export type RequestText = string | undefined | Promise<string | undefined>;

/** Size up to which a body that is no text in memory yet is read, in bytes: 8 MiB. */
const maxRequestBytes = 8_388_608;

/**
 * To be called before the request is made, which uses the body up.
 *
 * @param onSkipped  called with the reason where a body of JSON cannot be read, now or later
 */
export function requestText(
  input: FetchInput,
  init: FetchInit,
  onSkipped: (reason: string) => void,
): RequestText {
  const skipped = (reason: string): undefined => {
    onSkipped(reason);
    return undefined;
  };
  const unreadable = (error: unknown): undefined => skipped(`its body: ${messageOf(error)}`);
  const body: unknown = init?.body;
  if (typeof body === "string") return body;
  if (body instanceof ArrayBuffer) return new TextDecoder().decode(body);
  if (ArrayBuffer.isView(body)) return new TextDecoder().decode(body as Uint8Array);
  if (body instanceof Blob) {
    return body.size > maxRequestBytes ? skipped(tooLong) : body.text().catch(unreadable);
  }
  const isWhole = body === undefined || body === null;
  if (body instanceof ReadableStream && saysJson(new Headers(init?.headers).get("content-type")))
    return skipped("its body is a stream");
  if (!isWhole || !(input instanceof Request) || input.body === null || input.bodyUsed)
    return undefined;
  if (!saysJson(input.headers.get("content-type"))) return undefined;
  if (Number(input.headers.get("content-length") ?? 0) > maxRequestBytes) return skipped(tooLong);
  return shortText(input.clone().body!, () => skipped(tooLong)).catch(unreadable);
}

/** The body as a text; undefined once it is too long: an upload that is produced as it is sent must not be read ahead. */
async function shortText(
  body: ReadableStream<Uint8Array>,
  onTooLong: () => undefined,
): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = "";
  let bytes = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    bytes += step.value.byteLength;
    if (bytes > maxRequestBytes) {
      // The promise of cancel waits for the app's branch of the clone.
      void reader.cancel().catch(() => undefined);
      return onTooLong();
    }
    text += decoder.decode(step.value, { stream: true });
  }
  return text + decoder.decode();
}

/** The method, in capitals. */
export const methodOf = (input: FetchInput, init: FetchInit): string =>
  (init?.method ?? (input instanceof Request ? input.method : "GET")).toUpperCase();

/** The abort signal of the request. */
export const signalOf = (input: FetchInput, init: FetchInit): AbortSignal | undefined =>
  (init?.signal === undefined && input instanceof Request ? input.signal : init?.signal) ??
  undefined;

/** The address as it was given; only the platform resolves it. "" for what is no address, which the platform refuses. */
export function addressOf(input: unknown): string {
  if (typeof input === "string") return input;
  if (input instanceof URL) return input.href;
  return input instanceof Request ? input.url : "";
}

/** What a request can be given, in the order in which the platform reads it. */
const initFields = [
  ...["body", "cache", "credentials", "dispatcher", "duplex", "headers", "integrity", "keepalive"],
  ...["method", "mode", "priority", "redirect", "referrer", "referrerPolicy", "signal", "window"],
];

/** The options, for an object with getters as a copy that has read each of them once. */
export function readOnceInit(init: FetchInit): FetchInit {
  if (typeof init !== "object" || init === null) return init;
  const isPlain =
    Object.getPrototypeOf(init) === Object.prototype &&
    Object.values(Object.getOwnPropertyDescriptors(init)).every((field) => "value" in field);
  if (isPlain) return init;
  const given: object = init;
  const present = initFields.filter((name) => name in given);
  return Object.fromEntries(present.map((name) => [name, Reflect.get(given, name)]));
}
