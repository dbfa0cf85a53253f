/**
 * `trace_<id>.changes.jsonl`, format hone.trace-changes: what was added to a long trace after its file was written.
 *
 * The first line names the checksum of the file that the changes belong to. Each further line is one write: a change with the
 * checksum of its text. A last line without its line end was never acknowledged and does not count.
 */
import { z } from "zod";
import { HoneError, messageOf } from "../core/errors.ts";
import type { Feedback } from "../core/feedback.ts";
import { parseJson } from "../core/json.ts";
import type { Span } from "../core/span.ts";
import type { TraceHead, TraceReward } from "../core/trace.ts";
import { encodeHead, encodeSpan } from "./encode-trace.ts";
import { defineFormat, readFormat } from "./format.ts";
import { problemsOf } from "./json-value.ts";
import { readSpan } from "./span-format.ts";
import { readHead, type TracePlace, traceVersion } from "./trace-format.ts";

const headerFormat = defineFormat(
  "hone.trace-changes",
  1,
  z.strictObject({ base: z.string().min(1) }),
);

const changeSchema = z.strictObject({
  head: z.unknown().optional(),
  spans: z.array(z.unknown()).optional(),
  rewards: z.array(z.unknown()).optional(),
  feedback: z.array(z.unknown()).optional(),
});

/** What a write adds to a trace. */
export interface LoggedChange {
  readonly head: TraceHead | undefined;
  readonly spans: readonly Span[];
  readonly rewards: readonly TraceReward[];
  readonly feedback: readonly Feedback[];
}

/** The first line of a log, with its line end. @param base  the checksum of the trace's file */
export const logHeader = (base: string): string =>
  `${JSON.stringify({ format: headerFormat.name, version: headerFormat.version, base })}\n`;

/** The checksum of the file that a log belongs to. @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export const readLogHeader = (line: string, file: string): string =>
  readFormat(headerFormat, line, file).base;

/** A line of a log, with its line end. @throws TRACE_INVALID for what JSON cannot hold or the formats do not allow */
export function writeChange(
  id: string,
  change: LoggedChange,
  checksumOf: (text: string) => string,
): string {
  const parts: string[] = [];
  if (change.head !== undefined) parts.push(`"head":${encodeHead(change.head)}`);
  if (change.spans.length > 0) parts.push(`"spans":[${change.spans.map(encodeSpan).join(",")}]`);
  for (const [name, list] of Object.entries(saidOf(id, change)))
    parts.push(`${JSON.stringify(name)}:${JSON.stringify(list)}`);
  const text = `{${parts.join(",")}}`;
  return `{"checksum":"${checksumOf(text)}","change":${text}}\n`;
}

/** Fields that a head must have, for one that only carries rewards and feedback through the checks of heads. */
const carrier = { agent: "", task: "", attempt: 1, status: "running", startedAt: 0 } as const;

/** The rewards and the feedback of a change as JSON. @throws TRACE_INVALID */
function saidOf(id: string, { rewards, feedback }: LoggedChange): object {
  if (rewards.length === 0 && feedback.length === 0) return {};
  const text = encodeHead({ id, ...carrier, tags: [], metadata: {}, rewards, feedback });
  const { hone } = JSON.parse(text) as { hone: Record<string, unknown> };
  return Object.fromEntries(
    ["rewards", "feedback"].flatMap((name) => (name in hone ? [[name, hone[name]]] : [])),
  );
}

const LINE = /^\{"checksum":"([0-9a-f]{32})","change":(\{.*\})\}$/;

/** A line of a log, without its line end. Undefined where it is not as it was written. */
export function readChange(
  line: string,
  place: TracePlace & { readonly traceId: string },
  checksumOf: (text: string) => string,
): LoggedChange | undefined {
  const [, checksum, text] = LINE.exec(line) ?? [];
  if (text === undefined || checksumOf(text) !== checksum) return undefined;
  return parseChange(text, place);
}

/** @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION for a change that another build wrote in another way */
function parseChange(text: string, place: TracePlace & { readonly traceId: string }): LoggedChange {
  const { where, traceId, startedAt = 0 } = place;
  const result = changeSchema.safeParse(parsed(text, where));
  if (!result.success)
    throw new HoneError("FILE_DAMAGED", { file: where, problem: problemsOf(result.error) });
  const { head, spans = [], ...said } = result.data;
  const hone = { version: traceVersion, attempt: 1, startedAt, ...said };
  const { task, status } = carrier;
  const carried = readHead({ trace_id: traceId, agent_id: "", task, status, hone }, place);
  return {
    head: head === undefined ? undefined : readHead(head, place),
    spans: spans.map((span, index) => readSpan(span, { traceId, where, index, startedAt })),
    rewards: carried.rewards,
    feedback: carried.feedback ?? [],
  };
}

function parsed(text: string, file: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    const problem = `it is not JSON (${messageOf(error)})`;
    throw new HoneError("FILE_DAMAGED", { file, problem }, { cause: error });
  }
}
