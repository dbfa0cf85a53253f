/**
 * Sends spans to a collector by OTLP over HTTP, again and again until it takes them, by a deadline.
 *
 * The OTLP specification's rules: 429, 502, 503, 504 and broken connections are tried again, after Retry-After where it is
 * given, else after a time that doubles, with jitter; everything else is refused for good.
 */
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { HoneError, isHoneError, messageOf } from "../core/errors.ts";
import type { OtlpSpan } from "../core/otlp.ts";
import { writeOtlpJsonSpans, writeOtlpSpans } from "../formats/otlp-write.ts";

export interface CollectorOptions {
  /** The collector's address, such as "http://127.0.0.1:4318"; "/v1/traces" is put behind it unless it ends so. */
  readonly url: string;
  /** Such as `{ authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default "protobuf". */
  readonly encoding?: "protobuf" | "json";
  /** Default true. */
  readonly gzip?: boolean;
  /** Milliseconds for one batch, tries and pauses included. Default 10,000. */
  readonly timeoutMs?: number;
}

const pauses = { firstMs: 200, mostMs: 5000 };
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** A try that may be repeated. */
interface Failed {
  readonly reason: string;
  readonly afterMs: number | undefined;
}

/**
 * @throws OTLP_REFUSED when the collector will never take them, OTLP_NOT_SENT after the deadline, CANCELLED after the signal
 */
export async function sendSpans(
  spans: readonly OtlpSpan[],
  options: CollectorOptions,
  signal?: AbortSignal,
): Promise<void> {
  if (spans.length === 0) return;
  const { timeoutMs = 10_000 } = options;
  const { url, headers } = placeOf(options);
  const deadline = performance.now() + timeoutMs;
  const request = requestOf(spans, { ...options, headers });
  for (let wait = pauses.firstMs; ; wait = Math.min(2 * wait, pauses.mostMs)) {
    const left = deadline - performance.now();
    const failed = await tryOnce(url, request, left, signal);
    if (failed === undefined) return;
    // Between half and the whole, so that senders that failed together do not come back together.
    const after = failed.afterMs ?? wait * (0.5 + Math.random() / 2);
    if (performance.now() + after >= deadline) {
      const facts = { url, reason: failed.reason, seconds: timeoutMs / 1000 };
      throw new HoneError("OTLP_NOT_SENT", facts);
    }
    await pause(after, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw new HoneError("CANCELLED", { what: "Sending spans" });
    });
  }
}

/** @throws OPTION_INVALID for what is no http address */
export function tracesUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const facts = { where: "OTLP", option: "url", got: given, expected: "http://… or https://…" };
    throw new HoneError("OPTION_INVALID", facts);
  }
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = path.endsWith("/v1/traces") ? path : `${path}/v1/traces`;
  return url.href;
}

/** User and password of an address go into a header: fetch takes none, and no message is to show them. */
function placeOf({ url: given, headers = {} }: CollectorOptions) {
  const url = new URL(tracesUrl(given));
  const { username, password } = url;
  url.username = "";
  url.password = "";
  if (username === "" && password === "") return { url: url.href, headers };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
  return { url: url.href, headers: { authorization, ...headers } };
}

/** The address as it may be shown. */
export const plainUrl = (url: string): string => placeOf({ url }).url;

function requestOf(spans: readonly OtlpSpan[], options: CollectorOptions): RequestInit {
  const { encoding = "protobuf", gzip = true, headers = {} } = options;
  const isJson = encoding === "json";
  const plain = isJson
    ? Buffer.from(writeOtlpJsonSpans(spans))
    : Buffer.from(writeOtlpSpans(spans));
  return {
    method: "POST",
    redirect: "error",
    headers: {
      ...headers,
      "content-type": isJson ? "application/json" : "application/x-protobuf",
      ...(gzip ? { "content-encoding": "gzip" } : {}),
    },
    body: gzip ? gzipSync(plain) : plain,
  };
}

async function tryOnce(
  url: string,
  request: RequestInit,
  leftMs: number,
  signal: AbortSignal | undefined,
): Promise<Failed | undefined> {
  const deadline = AbortSignal.timeout(Math.max(Math.ceil(leftMs), 1));
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  try {
    const response = await fetch(url, { ...request, signal: either });
    const text = await response.text();
    if (response.ok) return undefined;
    const reason = `HTTP ${response.status} ${printable(text)}`.trim();
    if (!retryable.has(response.status)) throw new HoneError("OTLP_REFUSED", { url, reason });
    return { reason, afterMs: retryAfter(response.headers.get("retry-after")) };
  } catch (error) {
    if (isHoneError(error)) throw error;
    if (signal?.aborted === true) throw new HoneError("CANCELLED", { what: "Sending spans" });
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { reason: messageOf(cause), afterMs: undefined };
  }
}

/** A collector's words may be protobuf. */
const printable = (text: string): string =>
  text
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, 200);

/** Seconds or a date; a time that has gone by means at once. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  const at = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(at) ? Math.max(at, 0) : undefined;
}
