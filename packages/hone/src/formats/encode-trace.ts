/** Traces as the JSON texts that stores keep: cut where they are too long, checked before they are written. */
import type { z } from "zod";
import { cutHead, cutSpan, spanLimit } from "../core/cut-texts.ts";
import { HoneError, messageOf } from "../core/errors.ts";
import { isDeeper, type JsonObject, maxJsonDepth } from "../core/json.ts";
import { headTimeProblem, timeProblem } from "./stored-times.ts";
import type { Span } from "../core/span.ts";
import type { Trace, TraceHead } from "../core/trace.ts";
import { type CountedReward, rewardsOfSpans } from "../core/trace-reward.ts";
import { problemsOf } from "./json-value.ts";
import { spanSchema, writeSpan } from "./span-format.ts";
import { headSchema, readCheckedHead, writeHead } from "./trace-format.ts";

/** The JSON text of a span. @throws TRACE_INVALID for what JSON cannot hold or the format does not allow */
export function encodeSpan(span: Span): string {
  const name = `span ${span.id} of trace ${span.traceId}`;
  demandTimes(name, timeProblem(span));
  return encode(name, spanSchema, (isLong) => writeSpan(isLong ? cutSpan(span) : span)).text;
}

/** A head as JSON text, and as reading this text gives it. */
export interface EncodedHead {
  readonly text: string;
  readonly head: TraceHead;
}

/**
 * The JSON text of a head.
 * @param ofSpans  as `writeHead`
 * @throws TRACE_INVALID
 */
export const encodeHead = (head: TraceHead, ofSpans: readonly CountedReward[] = []): string =>
  headJson(head, ofSpans).text;

/** The text of `encodeHead` together with what reading it gives, for little more than the text alone. @throws TRACE_INVALID */
export function encodeAndReadHead(given: TraceHead): EncodedHead {
  const { text, json } = headJson(given, []);
  return { text, head: readCheckedHead(json) };
}

function headJson(head: TraceHead, ofSpans: readonly CountedReward[]) {
  const name = `trace ${head.id}`;
  demandTimes(name, headTimeProblem(head));
  return encode(name, headSchema, (isLong) => writeHead(isLong ? cutHead(head) : head, ofSpans));
}

function demandTimes(name: string, problem: string | undefined): void {
  if (problem !== undefined) throw new HoneError("TRACE_INVALID", { name, problem });
}

/** The text of a trace's file: its parts as `encodeHead` and `encodeSpan` give them. */
const joinTrace = (head: string, spans: readonly string[]): string =>
  layTrace(JSON.parse(head) as Record<string, unknown>, spans);

/** The text of a trace's file whose content was read from another writing of it, with the keys in the same order. */
export function layAnew({ spans, ...head }: JsonObject): string {
  const list = Array.isArray(spans) ? (spans as readonly unknown[]) : [];
  return layTrace(
    head,
    list.map((span) => JSON.stringify(span)),
  );
}

function layTrace(head: JsonObject, spans: readonly string[]): string {
  const { trace_id, agent_id, task, ...rest } = head;
  const start = JSON.stringify({ trace_id, agent_id, task }, undefined, 2).slice(0, -2);
  const list = spans.map((span) => `\n    ${span}`).join(",");
  const end = JSON.stringify(rest, undefined, 2).slice(2);
  return `${start},\n  "spans": [${list}${spans.length === 0 ? "" : "\n  "}],\n${end}\n`;
}

/** Refuses a trace with a span of another trace. @throws TRACE_INVALID */
export function demandOwnSpans({ id, spans }: Trace): void {
  const stray = spans.find((span) => span.traceId !== id);
  if (stray === undefined) return;
  const problem = `its span ${stray.id} names the trace ${stray.traceId}`;
  throw new HoneError("TRACE_INVALID", { name: `trace ${id}`, problem });
}

/** The text of a trace's file. @throws TRACE_INVALID */
export function encodeTrace(trace: Trace): string {
  const { spans, ...head } = trace;
  demandOwnSpans(trace);
  // Spans first: of a reward that is no number the error names the span.
  const texts = spans.map(encodeSpan);
  return joinTrace(encodeHead(head, rewardsOfSpans(spans)), texts);
}

/**
 * Length of a JSON text up to which nothing in it is cut, so that most texts need not be measured first. The task of a head is
 * cut at an eighth of the limit.
 */
const surelyShort = spanLimit / 16;

const tooDeep = `it is nested deeper than ${maxJsonDepth} levels`;

/**
 * The JSON text of a value, and what reading it gives. The latter is what is checked: JSON drops undefined and turns dates to
 * text.
 */
function encode<T>(
  name: string,
  schema: z.ZodType<T>,
  content: (isLong: boolean) => unknown,
): { readonly text: string; readonly json: T } {
  let text: string;
  let problem: string;
  try {
    let json = content(false);
    text = JSON.stringify(json);
    if (text.length > surelyShort) {
      json = content(true);
      text = JSON.stringify(json);
    }
    // A value that is nested so deep has at least two characters a level.
    if (text.length > 2 * maxJsonDepth && isDeeper(json)) problem = tooDeep;
    else {
      const asGiven = schema.safeParse(json);
      if (asGiven.success) return { text, json: asGiven.data };
      const result = schema.safeParse(JSON.parse(text));
      if (result.success) return { text, json: result.data };
      problem = problemsOf(result.error);
    }
  } catch (error) {
    // A value that is nested too deep even for `JSON.stringify` overflows the stack there.
    problem = error instanceof RangeError ? tooDeep : messageOf(error);
    throw new HoneError("TRACE_INVALID", { name, problem }, { cause: error });
  }
  throw new HoneError("TRACE_INVALID", { name, problem });
}
