/** What statistics need of a call of a model: its model, how long it took, its tokens. */
import type { JsonValue } from "./json.ts";
import type { Span } from "./span.ts";

/** The facts of one call of a model. */
export interface CallFacts {
  /** The model's name; "" where it is not known. */
  readonly model: string;
  /** The agent that its span names. Absent where that is the trace's agent. */
  readonly agent?: string;
  /** From start to end, in ms. Absent while the call has no end. */
  readonly latency?: number;
  /** From the start to the first piece of the answer, in ms. Absent where the answer did not come in pieces. */
  readonly firstToken?: number;
  readonly isFailed: boolean;
  readonly input: number;
  readonly output: number;
}

/** The time to the first byte of the body of an answer, in ms. */
const firstChunk = "hone.first_chunk_ms";

/** Attributes with the time to the first piece: name → milliseconds in one unit of its value. */
const firstTokenAttributes: Readonly<Record<string, number>> = {
  [firstChunk]: 1,
  "ai.response.msToFirstChunk": 1,
  "ai.stream.msToFirstChunk": 1,
  "gen_ai.response.time_to_first_chunk": 1000,
  "gen_ai.response.time_to_first_token": 1000,
  "gen_ai.server.time_to_first_token": 1000,
  "gen_ai.client.operation.time_to_first_chunk": 1000,
};

/** The facts of a span that is a call of a model. Undefined for other spans. */
export function callFacts(span: Span): CallFacts | undefined {
  if (span.kind !== "prompt") return undefined;
  const { model = "", agent, usage, startedAt, endedAt, error } = span;
  const firstToken = firstTokenOf(span);
  return {
    model,
    ...(agent === undefined ? {} : { agent }),
    ...(endedAt === undefined ? {} : { latency: endedAt - startedAt }),
    ...(firstToken === undefined ? {} : { firstToken }),
    isFailed: error !== undefined,
    input: usage?.input ?? 0,
    output: usage?.output ?? 0,
  };
}

/** Whether an answer came in pieces: only then is its first byte the first token. */
const isStreamed = ({ attributes }: Span): boolean =>
  attributes["gen_ai.request.stream"] === true ||
  // The body of a whole answer is kept as a value, that of a stream as its text.
  typeof attributes["http.response.body"] === "string";

function firstTokenOf(span: Span): number | undefined {
  const { attributes, startedAt } = span;
  for (const [name, unit] of Object.entries(firstTokenAttributes)) {
    if (name === firstChunk && !isStreamed(span)) continue;
    const ms = amount(attributes[name]);
    if (ms !== undefined) return ms * unit;
  }
  const began = attributes["langfuse.observation.completion_start_time"];
  const at = typeof began === "string" ? Date.parse(began.replaceAll('"', "")) : Number.NaN;
  return Number.isFinite(at) && at >= startedAt ? at - startedAt : undefined;
}

function amount(value: JsonValue | undefined): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}
