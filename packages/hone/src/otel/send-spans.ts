/**
 * Sends spans to a collector by OTLP over HTTP, and tries again until the collector takes them or the time is over.
 *
 * By the OTLP specification, 429, 502, 503, 504 and broken connections are tried again: after Retry-After where the collector
 * gives it, else after a pause that doubles each time, with jitter. Every other answer refuses the spans for good.
 */
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { HoneError, isHoneError, messageOf } from "../core/errors.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { OtlpSpan } from "../core/otlp.ts";
import { retryAfterMs } from "../core/retry-after.ts";
import { readOtlpAnswer } from "../formats/otlp-answer.ts";
import { type OtlpAnswer, writeOtlpJsonSpans, writeOtlpSpans } from "../formats/otlp-write.ts";

/** How spans are sent to a collector. */
export interface CollectorOptions {
  /** The collector's address, such as "http://127.0.0.1:4318". "/v1/traces" is appended unless it ends so. */
  readonly url: string;
  /** Headers of each request, such as `{ authorization: "Bearer …" }`. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The form of the request's body. Default "protobuf". */
  readonly encoding?: "protobuf" | "json";
  /** Whether the body is compressed. Default true. */
  readonly gzip?: boolean;
  /** Time limit of one batch, all tries and pauses included, in ms. Default 10,000. */
  readonly timeoutMs?: number;
}

/** Pauses between two tries, in ms: the first and the longest. */
const pauses = { firstMs: 200, maxMs: 5000 };
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** A try that failed and may be repeated. */
interface Failed {
  readonly kind: "failed";
  readonly reason: string;
  /** How long the collector asked to wait, in ms, where it did. */
  readonly afterMs: number | undefined;
}

const allTaken: OtlpAnswer = { rejected: 0, message: "" };

/**
 * Resolves when the collector has answered.
 *
 * @returns how many of the spans the collector refused for what they are, and why the first; it took the others
 *
 * @param signal  stops trying
 * @throws OTLP_REFUSED when the collector refuses them for good, OTLP_NOT_SENT when the time is over, CANCELLED after the signal
 */
export async function sendSpans(
  spans: readonly OtlpSpan[],
  options: CollectorOptions,
  signal?: AbortSignal,
): Promise<OtlpAnswer> {
  if (spans.length === 0) return allTaken;
  const { timeoutMs = 10_000 } = options;
  const { url, headers } = endpointOf(options);
  const deadline = performance.now() + timeoutMs;
  const request = requestOf(spans, { ...options, headers });
  for (let wait = pauses.firstMs; ; wait = Math.min(2 * wait, pauses.maxMs)) {
    const left = deadline - performance.now();
    const tried = await tryOnce(url, request, left, signal);
    if (tried.kind === "taken") return tried.answer;
    // Between half of the pause and all of it, so that senders that failed together do not try again together.
    const after = tried.afterMs ?? wait * (0.5 + Math.random() / 2);
    if (performance.now() + after >= deadline) {
      const facts = { url, reason: tried.reason, seconds: timeoutMs / 1000 };
      throw new HoneError("OTLP_NOT_SENT", facts);
    }
    await pause(after, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw new HoneError("CANCELLED", { what: "Sending spans" });
    });
  }
}

/** The address to which spans are posted. @throws OPTION_INVALID for an address that is not http or https */
export function tracesUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw optionChecks("OTLP").invalid("url", given, "http://… or https://…");
  }
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = path.endsWith("/v1/traces") ? path : `${path}/v1/traces`;
  return url.href;
}

/** Moves user and password of an address into a header: `fetch` refuses them in an address, and messages would show them. */
function endpointOf({ url: given, headers = {} }: CollectorOptions) {
  const url = new URL(tracesUrl(given));
  const { username, password } = url;
  url.username = "";
  url.password = "";
  if (username === "" && password === "") return { url: url.href, headers };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
  return { url: url.href, headers: { authorization, ...headers } };
}

/** The address without user and password, for messages. */
export const plainUrl = (url: string): string => endpointOf({ url }).url;

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
): Promise<Failed | { readonly kind: "taken"; readonly answer: OtlpAnswer }> {
  const deadline = AbortSignal.timeout(Math.max(Math.ceil(leftMs), 1));
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  try {
    const response = await fetch(url, { ...request, signal: either });
    const body = new Uint8Array(await response.arrayBuffer());
    if (response.ok) {
      const isJson = response.headers.get("content-type")?.includes("json") === true;
      return { kind: "taken", answer: readOtlpAnswer(body, isJson) };
    }
    const text = new TextDecoder().decode(body);
    const reason = `HTTP ${response.status} ${printable(text)}`.trim();
    if (!retryable.has(response.status)) throw new HoneError("OTLP_REFUSED", { url, reason });
    return { kind: "failed", reason, afterMs: retryAfterMs(response.headers.get("retry-after")) };
  } catch (error) {
    if (isHoneError(error)) throw error;
    if (signal?.aborted === true) throw new HoneError("CANCELLED", { what: "Sending spans" });
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { kind: "failed", reason: messageOf(cause), afterMs: undefined };
  }
}

/** The readable part of an answer, which may be protobuf. */
const printable = (text: string): string =>
  text
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, 200);
