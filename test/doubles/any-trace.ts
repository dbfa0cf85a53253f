/**
 * Traces with any value in any field, for tests of properties (fast-check): what is stored, written to a file or sent comes
 * back equal. A new field of a head, a span, a reward or feedback does not compile until it has its row here.
 */
import fc from "fast-check";
import { type Feedback, tracesOfFeedback } from "../../packages/hone/src/core/feedback.ts";
import { exactJson, type JsonValue } from "../../packages/hone/src/core/json.ts";
import { packNumbers } from "../../packages/hone/src/core/packed-numbers.ts";
import type { SampledTokens } from "../../packages/hone/src/core/sampled-tokens.ts";
import type { Message } from "../../packages/hone/src/core/message.ts";
import type {
  Span,
  SpanKind,
  SpanOf,
  TokenUsage,
  TraceError,
} from "../../packages/hone/src/core/span.ts";
import {
  orderSpans,
  type Trace,
  type TraceHead,
  type TraceReward,
  traceStatuses,
} from "../../packages/hone/src/core/trace.ts";
import { compareText } from "../../packages/hone/src/core/text-order.ts";

type Rows<T> = { readonly [K in keyof T]-?: fc.Arbitrary<Exclude<T[K], undefined>> };

/** An object with every required field and any of the optional ones. */
function any<T extends object>(rows: Rows<T>, required: readonly (keyof T)[]): fc.Arbitrary<T> {
  return fc.record(rows as Rows<Record<string, unknown>>, {
    requiredKeys: [...required] as string[],
    noNullPrototype: true,
  }) as fc.Arbitrary<unknown> as fc.Arbitrary<T>;
}

/** Half of an emoji, as a stream cuts them: UTF-16 has a code for it, UTF-8 has none. */
const halfLetter = fc.constantFrom("\ud83d", "\ude80", "a\ud83d", "\ude80 b", "\ude80\ud83d");
/** Texts with every kind of character: emoji, NUL, control characters, quotes, lines, keys of objects, halves of surrogate pairs. */
const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 8 }),
  halfLetter,
  fc.constantFrom("", " a ", "1", "true", "null", "[1]", '{"a":1}', "a\r\nb", "é ﬁ"),
);
const hexDigit = fc.constantFrom(..."0123456789abcdef".split(""));
const id = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
  halfLetter,
  fc.string({ unit: hexDigit, minLength: 32, maxLength: 32 }),
  fc.string({ unit: hexDigit, minLength: 16, maxLength: 16 }),
);
/** JSON has no −0. */
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
);
/** Unix milliseconds down to the microsecond, as they are recorded, from 1970 to 2100. */
const time = fc.integer({ min: 0, max: 4_102_444_800_000 }).map((n) => n + 0.25);
const json = fc
  .jsonValue({
    maxDepth: 3,
    stringUnit: fc.oneof(fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }), halfLetter),
  })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
/** Also the one name to which assigning would change the prototype of an object. */
const key = fc.oneof({ weight: 9, arbitrary: anyText }, fc.constant("__proto__"));
const attributes = fc.dictionary(key, json, { maxKeys: 4, noNullPrototype: true });
const numbers = fc.dictionary(key, number, { maxKeys: 3, noNullPrototype: true });
const source = fc.constantFrom("rule", "judge", "human");

const error = any<TraceError>({ message: anyText, type: anyText, code: anyText }, ["message"]);

/** A message as spans hold it: what files of conversations add to a message is not recorded. */
const message = any<Omit<Message, "weight" | "written">>(
  {
    role: fc.constantFrom("system", "user", "assistant", "tool"),
    content: anyText,
    images: fc.array(any({ url: anyText, mediaType: anyText }, ["url"]), {
      minLength: 1,
      maxLength: 2,
    }),
    // Recording leaves out empty reasoning and empty lists: they say no more than their absence.
    reasoning: anyText.filter((text) => text !== ""),
    toolCalls: fc.array(
      any({ id: anyText, name: anyText, arguments: anyText }, ["id", "name", "arguments"]),
      { minLength: 1, maxLength: 2 },
    ),
    toolCallId: anyText,
  },
  ["role", "content"],
);
const prompt = fc.oneof(anyText, fc.array(message, { maxLength: 4 }));
const usage = any<TokenUsage>(
  { input: fc.nat(), output: fc.nat(), reasoning: fc.nat(), cached: fc.nat() },
  ["input", "output"],
);
const packed = fc.array(fc.oneof(fc.nat(), fc.float()), { maxLength: 4 }).map(packNumbers);
const sampled = any<SampledTokens>(
  {
    prompt: packed,
    reply: packed,
    logProbs: packed,
    samplingLogProbs: packed,
    entropies: packed,
    temperature: number,
    bound: fc.constant('{"format":{"type":"json"},"stopTokens":[2]}'),
    isTruncated: fc.boolean(),
    kept: fc.constant("BAMB,,AgA"),
    adapter: fc.constant("workers"),
    stopReason: fc.constantFrom("stop", "length", "cancelled"),
    weightsVersion: anyText,
  },
  ["prompt", "reply", "logProbs", "temperature", "stopReason", "weightsVersion"],
);

const common = {
  id,
  traceId: fc.constant(""),
  parentId: id,
  name: anyText,
  agent: anyText,
  sequence: fc.nat(),
  startedAt: time,
  endedAt: time,
  error,
  attributes,
};
const kinds: { readonly [K in SpanKind]: Rows<Omit<SpanOf<K>, keyof typeof common | "kind">> } = {
  prompt: { input: prompt, output: prompt, model: anyText, provider: anyText, usage, sampled },
  tool: { toolName: anyText, callId: anyText, arguments: json, result: json },
  reward: {
    reward: number,
    rewardType: anyText,
    source,
    components: numbers,
    reason: anyText,
    targetId: id,
  },
  coordination: { event: anyText, details: json },
  content: { content: anyText },
  reasoning: { content: anyText },
};
/** A tool's span whose arguments JavaScript would write in another way: their text is an attribute. */
const writtenTool: fc.Arbitrary<Span> = fc
  .tuple(
    any({ ...common, kind: fc.constant("tool" as const), toolName: anyText }, [
      ...(["id", "traceId", "sequence", "startedAt", "attributes", "kind", "toolName"] as const),
    ]),
    fc.constantFrom(
      '{"price": 5.0}',
      '{"row":2512292042121000001,"2":[1E3]}',
      "[0.0000001, 1E3]",
      '{"a":{"b":1.50},"c":"5.0"}',
    ),
  )
  .map(([span, text]) => ({
    ...span,
    arguments: exactJson(text),
    attributes: { ...span.attributes, "hone.arguments.text": text },
  }));

const required: readonly string[] = [
  ...["kind", "id", "traceId", "sequence", "startedAt", "attributes", "input", "toolName"],
  ...["arguments", "reward", "rewardType", "event", "details", "content"],
];

const spanOf = (kind: SpanKind): fc.Arbitrary<Span> => {
  const rows: object = { ...common, kind: fc.constant(kind), ...kinds[kind] };
  const names = Object.keys(rows).filter((name) => required.includes(name));
  return any<Span>(rows as Rows<Span>, names as (keyof Span)[]);
};
const anySpan: fc.Arbitrary<Span> = fc.oneof(
  ...(Object.keys(kinds) as SpanKind[]).map(spanOf),
  writtenTool,
);

const reward = any<TraceReward>(
  { id, total: number, components: numbers, source, reason: anyText, at: time, by: anyText },
  ["id", "total", "components", "source", "at"],
);

const said = { id, author: id, at: time, reason: anyText };
const saidNames = ["id", "author", "at", "kind"] as const;
const feedback: fc.Arbitrary<Feedback> = fc.oneof(
  any<Feedback & { kind: "rating" }>(
    {
      ...said,
      kind: fc.constant("rating" as const),
      traceId: id,
      rating: fc.integer({ min: 1, max: 5 }),
      low: fc.constantFrom(0, 1, -2.5),
      high: fc.constantFrom(5, 10),
    },
    [...saidNames, "traceId", "rating", "low", "high"],
  ),
  any<Feedback & { kind: "comparison" }>(
    {
      ...said,
      kind: fc.constant("comparison" as const),
      first: id,
      second: id.map((other) => `${other}2`),
      preferred: fc.constantFrom("first", "second", "tie"),
    },
    [...saidNames, "first", "second", "preferred"],
  ).filter((one) => one.first !== one.second),
  any<Feedback & { kind: "correction" }>(
    { ...said, kind: fc.constant("correction" as const), traceId: id, answer: id },
    [...saidNames, "traceId", "answer"],
  ),
);

const inOrder = <T extends { readonly id: string }>(list: readonly T[]): T[] =>
  list.toSorted((a, b) => compareText(a.id, b.id));
const listOf = <T extends { readonly id: string }>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.uniqueArray(one, { selector: (value) => value.id, maxLength: 3 });

const head = any<TraceHead>(
  {
    id,
    agent: anyText,
    agentVersion: anyText,
    task: anyText,
    taskId: anyText,
    rolloutId: anyText,
    attempt: fc.integer({ min: 1, max: 9 }),
    status: fc.constantFrom(...traceStatuses),
    startedAt: time,
    endedAt: time,
    error,
    session: anyText,
    user: anyText,
    tags: fc.uniqueArray(anyText, { maxLength: 3 }),
    metadata: attributes,
    rewards: listOf(reward).map(inOrder),
    totalReward: number,
    feedback: listOf(feedback).map(inOrder),
  },
  ["id", "agent", "task", "attempt", "status", "startedAt", "tags", "metadata", "rewards"],
);

/** A trace as a store holds it: spans, rewards and feedback in their order, feedback about this trace. */
export const anyTrace: fc.Arbitrary<Trace> = fc
  .tuple(head, fc.uniqueArray(anySpan, { selector: (span) => span.id, maxLength: 5 }))
  .map(([{ feedback: given = [], ...rest }, spans]) => {
    const about = given.map((one) =>
      one.kind === "comparison"
        ? { ...one, first: rest.id, second: `${rest.id} other` }
        : { ...one, traceId: rest.id },
    );
    const own = about.filter((one) => tracesOfFeedback(one).includes(rest.id));
    return {
      ...rest,
      ...(own.length === 0 ? {} : { feedback: own }),
      spans: orderSpans(spans.map((span) => ({ ...span, traceId: rest.id }))),
    };
  });
