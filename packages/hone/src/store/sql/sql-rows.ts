/** Traces and spans as rows of the SQL stores, and read back from them. */
import { hash } from "node:crypto";
import { type CallFacts, callFacts } from "../../core/call-facts.ts";
import { cutAttribute } from "../../core/cut-texts.ts";
import { HoneError, isError } from "../../core/errors.ts";
import { type JsonValue, parseJson } from "../../core/json.ts";
import type { Span } from "../../core/span.ts";
import type { TraceHead } from "../../core/trace.ts";
import { metadataText } from "../../core/trace-labels.ts";
import { rewardOfSpan } from "../../core/trace-reward.ts";
import { latencyOf, type SpanSums, tokensOf, type TraceSummary } from "../../core/trace-summary.ts";
import { encodeAndReadHead, encodeSpan } from "../../formats/encode-trace.ts";
import { readSpan } from "../../formats/span-format.ts";
import { readHead } from "../../formats/trace-format.ts";
import { fromColumn, toColumn } from "./column-text.ts";
import type { SpanRow, TraceRow } from "./sql-tables.ts";

/** A head as it is stored: its JSON text, and the head that reading this text gives. */
export interface StoredHead {
  readonly head: TraceHead;
  readonly body: string;
}

/** Turns a head into what is stored. @throws TRACE_INVALID */
export function storeHead(given: TraceHead): StoredHead {
  const { text: body, head } = encodeAndReadHead(given);
  return { body, head };
}

/** Where a stored text comes from, for errors. */
export interface TextPlace {
  readonly store: string;
  readonly traceId: string;
}

/** Reads a stored head. @throws STORE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export const headFrom = (body: string, { store, traceId }: TextPlace): TraceHead => {
  const where = `the head of trace ${traceId}`;
  return readStored(store, where, () => readHead(parseJson(body), { where }));
};

/** Reads a stored span. @throws STORE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export const spanFrom = (body: string, id: string, { store, traceId }: TextPlace): Span => {
  const where = `span ${id} of trace ${traceId}`;
  return readStored(store, where, () => readStoredSpan(body, traceId, where));
};

const readStoredSpan = (body: string, traceId: string, where: string): Span =>
  readSpan(parseJson(body), { traceId, where, index: 0, startedAt: 0 });

function readStored<T>(store: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const isJson = !(error instanceof SyntaxError);
    if (isJson && !isError(error, "FILE_DAMAGED")) throw error;
    const reason = isJson ? error.facts.problem : `it is not JSON (${error.message})`;
    const problem = `${what} cannot be read: ${reason}`;
    throw new HoneError("STORE_DAMAGED", { store, problem }, { cause: error });
  }
}

/** A span as it is stored: its row without the number of its trace, and the span, whose long texts are cut. */
export interface StoredSpan {
  readonly row: Omit<SpanRow, "trace_no">;
  readonly span: Span;
}

/** Turns a span into what is stored. @throws TRACE_INVALID */
export function storeSpan(given: Span): StoredSpan {
  const body = encodeSpan(given);
  const span = body.includes(cutAttribute)
    ? readStoredSpan(body, given.traceId, `trace ${given.traceId}`)
    : given;
  const row = {
    id: toColumn(span.id),
    sequence: span.sequence,
    has_error: span.error === undefined ? 0 : 1,
    ...callColumns(span),
    ...rewardColumns(span),
    body,
  };
  return { row, span };
}

/** The columns of a span that statistics read. */
export function callColumns(
  span: Span,
): Pick<SpanRow, "tokens_input" | "tokens_output" | "model" | "agent" | "latency" | "first_token"> {
  const call = callFacts(span);
  return {
    tokens_input: call?.input ?? 0,
    tokens_output: call?.output ?? 0,
    model: call === undefined ? null : toColumn(call.model),
    agent: optionalColumn(call?.agent),
    latency: call?.latency ?? null,
    first_token: call?.firstToken ?? null,
  };
}

/** The columns of a span that its trace's total is made from. */
export function rewardColumns(span: Span): Pick<SpanRow, "reward" | "reward_source"> {
  const reward = rewardOfSpan(span);
  return { reward: reward?.total ?? null, reward_source: reward?.source ?? null };
}

/** What of a span's row statistics read. */
export type CallRow = Omit<SpanRow, "id" | "sequence" | "body" | "reward" | "reward_source">;

/** The facts of a call in a row whose span is one. */
export const callOf = (row: CallRow): CallFacts => ({
  model: fromColumn(row.model ?? ""),
  ...(row.agent === null ? {} : { agent: fromColumn(row.agent) }),
  ...(row.latency === null ? {} : { latency: row.latency }),
  ...(row.first_token === null ? {} : { firstToken: row.first_token }),
  isFailed: row.has_error === 1,
  input: row.tokens_input,
  output: row.tokens_output,
});

/** The hash of a value of the metadata with its name: a value may be longer than an index takes. */
export const factHash = (name: string, value: JsonValue): string =>
  hashOf(JSON.stringify([name, metadataText(value)]));

/** The hashes of all values of the metadata. */
export const factsOf = (metadata: TraceHead["metadata"]): string[] =>
  Object.entries(metadata).map(([name, value]) => factHash(name, value));

/** The hash by which a task is looked up: the task itself may be longer than an index takes. */
export const hashOf = (task: string): string => hash("sha256", task).slice(0, 32);

/** The row of a trace, still without its reward, which depends on its spans (`setRewards`). */
export function traceRow(head: TraceHead, sums: SpanSums): Omit<TraceRow, "no"> {
  const task = toColumn(head.task);
  return {
    id: toColumn(head.id),
    agent: toColumn(head.agent),
    agent_version: optionalColumn(head.agentVersion),
    task,
    task_hash: hashOf(task),
    task_id: optionalColumn(head.taskId),
    attempt: head.attempt,
    status: head.status,
    started_at: head.startedAt,
    ended_at: head.endedAt ?? null,
    latency: latencyOf(head) ?? null,
    reward: null,
    session_id: optionalColumn(head.session),
    user_id: optionalColumn(head.user),
    tags: JSON.stringify(head.tags),
    ...sumColumns(sums),
  };
}

const optionalColumn = (text: string | undefined): string | null =>
  text === undefined ? null : toColumn(text);

const sumColumns = (sums: SpanSums) => ({
  span_count: sums.spanCount,
  error_count: sums.errorCount,
  tokens_input: sums.tokens.input,
  tokens_output: sums.tokens.output,
  tokens: tokensOf(sums),
});

/** Adds the numbers of a span to the sums of its trace's row; with `sign` −1 it subtracts them. */
export function addSpan(row: Omit<TraceRow, "no">, span: SpanCount, sign: 1 | -1): void {
  row.span_count += sign;
  row.error_count += sign * span.has_error;
  row.tokens_input += sign * span.tokens_input;
  row.tokens_output += sign * span.tokens_output;
  row.tokens = row.tokens_input + row.tokens_output;
}

type SpanCount = Pick<SpanRow, "has_error" | "tokens_input" | "tokens_output">;

export const noSpans: SpanSums = { spanCount: 0, errorCount: 0, tokens: { input: 0, output: 0 } };

export const sumsOf = (row: Omit<TraceRow, "no">): SpanSums => ({
  spanCount: row.span_count,
  errorCount: row.error_count,
  tokens: { input: row.tokens_input, output: row.tokens_output },
});

/** The tags in a row of `hone_traces`. @throws STORE_DAMAGED */
export function tagsFrom(row: TraceRow, store: string): string[] {
  const what = `the tags of trace ${fromColumn(row.id)}`;
  return readStored(store, what, () => {
    const tags: unknown = JSON.parse(row.tags);
    if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return tags;
    throw new HoneError("FILE_DAMAGED", { file: what, problem: "they are no list of texts" });
  });
}

/** The summary in a row of `hone_traces`, with the tags that were read from it. */
export function summaryFrom(row: TraceRow, tags: readonly string[]): TraceSummary {
  return {
    id: fromColumn(row.id),
    agent: fromColumn(row.agent),
    ...(row.agent_version === null ? {} : { agentVersion: fromColumn(row.agent_version) }),
    task: fromColumn(row.task),
    ...(row.task_id === null ? {} : { taskId: fromColumn(row.task_id) }),
    attempt: row.attempt,
    status: row.status,
    startedAt: row.started_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.session_id === null ? {} : { session: fromColumn(row.session_id) }),
    ...(row.user_id === null ? {} : { user: fromColumn(row.user_id) }),
    tags,
    ...(row.reward === null ? {} : { reward: row.reward }),
    ...sumsOf(row),
  };
}
