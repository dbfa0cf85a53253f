/** The body of a request as a text, without using it up. */

type FetchInput = Parameters<typeof fetch>[0];
type FetchInit = Parameters<typeof fetch>[1];

/** Undefined for streams, forms and what is too long to be read beside its sending. */
export type RequestText = string | undefined | Promise<string | undefined>;

/** Bytes of a body that is not in memory as a text yet. */
const mostRequestBytes = 8_388_608;

/** Called before the request is made. */
export function requestText(input: FetchInput, init: FetchInit): RequestText {
  const body: unknown = init?.body;
  if (typeof body === "string") return body;
  if (body instanceof ArrayBuffer) return new TextDecoder().decode(body);
  if (ArrayBuffer.isView(body)) return new TextDecoder().decode(body as Uint8Array);
  if (body instanceof Blob) {
    return body.size > mostRequestBytes ? undefined : body.text().catch(unreadable);
  }
  const isWhole = body === undefined || body === null;
  if (!isWhole || !(input instanceof Request) || input.body === null || input.bodyUsed)
    return undefined;
  if (!/\bjson\b/i.test(input.headers.get("content-type") ?? "")) return undefined;
  if (Number(input.headers.get("content-length") ?? 0) > mostRequestBytes) return undefined;
  return beginning(input.clone().body!).catch(unreadable);
}

/** Undefined when there is more than may be read: an upload that is made as it is sent is not pulled any further. */
async function beginning(body: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = "";
  let bytes = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    bytes += step.value.byteLength;
    if (bytes > mostRequestBytes) {
      // Waits for the app's own branch.
      void reader.cancel().catch(unreadable);
      return undefined;
    }
    text += decoder.decode(step.value, { stream: true });
  }
  return text + decoder.decode();
}

const unreadable = (): undefined => undefined;

/** In capitals. */
export const methodOf = (input: FetchInput, init: FetchInit): string =>
  (init?.method ?? (input instanceof Request ? input.method : "GET")).toUpperCase();

/** What can abort it. */
export const signalOf = (input: FetchInput, init: FetchInit): AbortSignal | undefined =>
  (init?.signal === undefined && input instanceof Request ? input.signal : init?.signal) ??
  undefined;

/** The address as it was given; only the platform resolves it. */
export const addressOf = (input: FetchInput): string =>
  typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
