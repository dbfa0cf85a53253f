/**
 * The endpoint of OTLP over HTTP: `POST /v1/traces` and `POST /v1/logs`, protobuf or JSON, gzipped or not, also below other
 * paths such as `/otel/v1/traces`. Nothing of a request's headers is stored.
 *
 * Answers follow the OTLP specification: 200 with the number of rejected items, 4xx for a request that will never be taken,
 * 503 with Retry-After for one that may be sent again. A refusal is a google.rpc.Status whose message begins with our code.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { type ErrorCode, HoneError, isHoneError, messageOf } from "../core/errors.ts";
import type { OtlpBatch } from "../core/otlp.ts";
import { readOtlpJsonLogs, readOtlpJsonSpans } from "../formats/otlp-json.ts";
import { readOtlpLogs, readOtlpSpans } from "../formats/otlp-protobuf.ts";
import { writeOtlpAnswer, writeOtlpFailure } from "../formats/otlp-write.ts";
import type { IngestReport, SpanIngest } from "../ports/span-ingest.ts";
import { isLoopback } from "./loopback.ts";
import { BodyBudget, type BodyLimits } from "./request-body.ts";

/** What the endpoint takes, and where it goes. */
export interface CollectOptions {
  /** Stores the spans and logs. */
  readonly ingest: SpanIngest;
  /** How much of requests may be in memory. */
  readonly limits: BodyLimits;
  /** The key that senders must show, as `authorization: Bearer <key>` or `x-api-key`. Absent: no key is asked for. */
  readonly key?: string;
  /** Called with the error of each request that is refused. */
  readonly onRefused?: (error: HoneError) => void;
}

/** Answers a request. Never rejects. */
export type FetchHandler = (request: Request) => Promise<Response>;

/** The form of a body. The answer has the form of its request. */
type Form = "json" | "protobuf";

/** The handler of the endpoint's requests. */
export function collectHandler(options: CollectOptions): FetchHandler {
  const budget = new BodyBudget(options.limits);
  return async (request) => {
    let form: Form = "json";
    try {
      admit(request, options.key);
      const signal = signalOf(request);
      form = formOf(request);
      const report = await budget.with(request, (body) => take(options.ingest, signal, form, body));
      return answer(report, signal, form);
    } catch (error) {
      const known = isHoneError(error) ? error : undefined;
      if (known !== undefined) options.onRefused?.(known);
      return refusal(known, messageOf(error), form);
    }
  };
}

/** Checks that the sender may send. @throws COLLECT_DENIED, COLLECT_HOST_REFUSED */
function admit(request: Request, key: string | undefined): void {
  if (key === undefined) {
    // A website can make its own name point at this machine; the request then names that website as its host.
    const { hostname } = new URL(request.url);
    if (!isLoopback(hostname)) {
      throw new HoneError("COLLECT_HOST_REFUSED", { host: hostname });
    }
    return;
  }
  const given = request.headers.get("authorization") ?? "";
  const shown = /^Bearer +(.+)$/i.exec(given)?.[1] ?? request.headers.get("x-api-key") ?? "";
  if (timingSafeEqual(digest(shown.trim()), digest(key))) return;
  throw new HoneError("COLLECT_DENIED", { problem: "it carries no key, or a wrong one" });
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

function signalOf(request: Request): "traces" | "logs" {
  const { pathname } = new URL(request.url);
  const [, signal] = /\/v1\/(traces|logs)\/?$/.exec(pathname) ?? [];
  if (request.method === "POST" && (signal === "traces" || signal === "logs")) return signal;
  const path = pathname.slice(0, 100);
  throw new HoneError("OTLP_PATH_UNKNOWN", { method: request.method, path });
}

function formOf(request: Request): Form {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  if (type === "application/json") return "json";
  if (type === "application/x-protobuf" || type === "application/protobuf") return "protobuf";
  throw new HoneError("OTLP_TYPE_UNKNOWN", {
    header: "content-type",
    got: JSON.stringify(type.slice(0, 100)),
    expected: "application/x-protobuf or application/json",
  });
}

async function take(
  ingest: SpanIngest,
  signal: "traces" | "logs",
  form: Form,
  body: Uint8Array,
): Promise<IngestReport> {
  if (signal === "logs") {
    const batch = form === "json" ? readOtlpJsonLogs(body) : readOtlpLogs(body);
    return withReading(await ingest.logs(batch.items), batch);
  }
  const batch = form === "json" ? readOtlpJsonSpans(body) : readOtlpSpans(body);
  return withReading(await ingest.spans(batch.items), batch);
}

/** Adds items that could not be read, and a warning for texts that were not UTF-8: the sender should know of both. */
function withReading(
  report: IngestReport,
  { rejected, repairedTexts }: OtlpBatch<unknown>,
): IngestReport {
  const repaired = `${repairedTexts} texts were not UTF-8; what could not be read is U+FFFD now`;
  const problems = [rejected[0], report.problem, repairedTexts === 0 ? undefined : repaired];
  const problem = problems.filter((one) => one !== undefined).join("; ");
  return {
    accepted: report.accepted,
    rejected: report.rejected + rejected.length,
    ...(problem === "" ? {} : { problem }),
  };
}

/** The field of OTLP's answer that counts the items that were rejected. */
const rejectedField = { traces: "rejectedSpans", logs: "rejectedLogRecords" } as const;

function answer(
  { rejected, problem = "" }: IngestReport,
  signal: keyof typeof rejectedField,
  form: Form,
): Response {
  if (form === "protobuf") return reply(200, form, writeOtlpAnswer({ rejected, message: problem }));
  const partial =
    rejected === 0 && problem === ""
      ? {}
      : { [rejectedField[signal]]: String(rejected), errorMessage: problem };
  const content = Object.keys(partial).length === 0 ? {} : { partialSuccess: partial };
  return reply(200, form, JSON.stringify(content));
}

/** Status codes of HTTP and gRPC for our error codes. All other errors are answered with 503: sending again may help. */
const statuses: { readonly [Code in ErrorCode]?: readonly [http: number, grpc: number] } = {
  OTLP_INVALID: [400, 3],
  OTLP_TOO_LARGE: [413, 3],
  OTLP_TYPE_UNKNOWN: [415, 3],
  OTLP_PATH_UNKNOWN: [404, 12],
  OTLP_BUSY: [503, 14],
  COLLECT_HOST_REFUSED: [401, 16],
  COLLECT_DENIED: [401, 16],
};

function refusal(error: HoneError | undefined, message: string, form: Form): Response {
  const [status, code] = (error === undefined ? undefined : statuses[error.code]) ?? [503, 14];
  const text = message.replace("\n  → ", " ");
  const body =
    form === "json" ? JSON.stringify({ code, message: text }) : writeOtlpFailure(code, text);
  return reply(status, form, body, status === 503 ? { "retry-after": "1" } : {});
}

const reply = (
  status: number,
  form: Form,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Response =>
  new Response(body as ConstructorParameters<typeof Response>[0], {
    status,
    headers: {
      ...headers,
      "content-type": form === "json" ? "application/json" : "application/x-protobuf",
    },
  });
