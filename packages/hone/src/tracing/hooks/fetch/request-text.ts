/** The body of a request as a text, without using it up. */

type FetchInput = Parameters<typeof fetch>[0];
type FetchInit = Parameters<typeof fetch>[1];

/** Undefined for streams and forms, which cannot be read without changing what is sent. */
export type RequestText = string | undefined | Promise<string | undefined>;

/** Called before the request is made. */
export function requestText(input: FetchInput, init: FetchInit): RequestText {
  const body: unknown = init?.body;
  if (typeof body === "string") return body;
  if (body instanceof ArrayBuffer) return new TextDecoder().decode(body);
  if (ArrayBuffer.isView(body)) return new TextDecoder().decode(body as Uint8Array);
  if (body instanceof Blob) return body.text().catch(unreadable);
  const isWhole = body === undefined || body === null;
  if (!isWhole || !(input instanceof Request) || input.body === null || input.bodyUsed)
    return undefined;
  return input.clone().text().catch(unreadable);
}

const unreadable = (): undefined => undefined;

/** In capitals. */
export const methodOf = (input: FetchInput, init: FetchInit): string =>
  (init?.method ?? (input instanceof Request ? input.method : "GET")).toUpperCase();

/** The address as it was given; only the platform resolves it. */
export const addressOf = (input: FetchInput): string =>
  typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
