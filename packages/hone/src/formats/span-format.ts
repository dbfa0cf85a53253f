/**
 * A span as JSON, format hone.span. The keys of the common trace tree (`span_type`, `input`, `tool_name` …) are at the top,
 * and all that this tree has no key for is under `hone`.
 *
 * A span without `hone` was written by another program. Its index in the file becomes its id and order, and unknown keys
 * become attributes.
 */
import { z } from "zod";
import { HoneError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { Message } from "../core/message.ts";
import { packedPattern } from "../core/packed-numbers.ts";
import { type PromptText, type Span, type SpanKind, spanKinds } from "../core/span.ts";
import { jsonObject, jsonValue, numberObject, problemsOf, withoutUndefined } from "./json-value.ts";

export const spanVersion = 1;

const image = z.strictObject({ url: z.string(), mediaType: z.string().optional() });
const toolCall = z.strictObject({ id: z.string(), name: z.string(), arguments: z.string() });
export const message = z.strictObject({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: z.string(),
  images: z.array(image).optional(),
  reasoning: z.string().optional(),
  toolCalls: z.array(toolCall).optional(),
  toolCallId: z.string().optional(),
});
/** Messages that a policy was given in training keep what only chat templates and training read. */
const recordedMessage = message.extend({
  weight: z.literal([0, 1]).optional(),
  written: z.string().optional(),
});
const promptText = z.union([z.string(), z.array(recordedMessage)]);

export const traceError = z.strictObject({
  message: z.string(),
  type: z.string().optional(),
  code: z.string().optional(),
});
export const rewardSource = z.enum(["rule", "judge", "human"]);
const usage = z.strictObject({
  input: z.number(),
  output: z.number(),
  reasoning: z.number().optional(),
  cached: z.number().optional(),
});

const packed = z
  .string()
  .regex(packedPattern)
  .describe("type, colon, base64 of little-endian numbers");
const sampled = z.strictObject({
  prompt: packed,
  reply: packed,
  logProbs: packed,
  samplingLogProbs: packed.optional().describe("absent: the same as logProbs"),
  entropies: packed
    .optional()
    .describe("of the policy at each sampled token, nats; absent: not computed"),
  temperature: z.number(),
  isTruncated: z.boolean().optional(),
  kept: z
    .string()
    .optional()
    .describe(
      "the tokens that top-k, top-p and min-p left, a set for each token, with commas between",
    ),
  bound: z.string().optional().describe("JSON text of the response format and its stop tokens"),
  adapter: z.string().optional().describe("which adapter sampled, where the policy had several"),
  stopReason: z.enum(["stop", "length", "cancelled"]),
  weightsVersion: z.string(),
});

const hone = z.strictObject({
  version: z.literal(spanVersion),
  id: z.string().min(1),
  parentId: z.string().optional(),
  name: z.string().optional(),
  agent: z.string().optional(),
  sequence: z.number(),
  startedAt: z.number().describe("Unix milliseconds"),
  endedAt: z.number().optional().describe("Unix milliseconds; absent when no end was seen"),
  error: traceError.optional(),
  attributes: jsonObject.optional(),
});

/** The schema of a span: for each kind the keys of the common trace tree, and its fields under `hone`. */
export const spanSchema = z.discriminatedUnion("span_type", [
  z.strictObject({
    span_type: z.literal("prompt"),
    input: promptText,
    output: promptText.optional(),
    model: z.string().optional(),
    hone: hone.extend({
      provider: z.string().optional(),
      usage: usage.optional(),
      sampled: sampled.optional(),
    }),
  }),
  z.strictObject({
    span_type: z.literal("tool"),
    tool_name: z.string(),
    arguments: jsonValue,
    result: jsonValue.optional(),
    hone: hone.extend({ callId: z.string().optional() }),
  }),
  z.strictObject({
    span_type: z.literal("reward"),
    reward: z.number(),
    reward_type: z.string(),
    hone: hone.extend({
      source: rewardSource.optional(),
      components: numberObject.optional(),
      reason: z.string().optional(),
      targetId: z.string().optional(),
    }),
  }),
  z.strictObject({
    span_type: z.literal("coordination"),
    hone: hone.extend({ event: z.string(), details: jsonValue }),
  }),
  z.strictObject({ span_type: z.literal("content"), hone: hone.extend({ content: z.string() }) }),
  z.strictObject({ span_type: z.literal("reasoning"), hone: hone.extend({ content: z.string() }) }),
]);

/** A span as it is written to a file or a database. */
export type SpanJson = z.infer<typeof spanSchema>;

/** For each kind, the fields of a span that have a key in the common trace tree, and that key. */
const seedKeys: Readonly<Record<SpanKind, Readonly<Record<string, string>>>> = {
  prompt: { input: "input", output: "output", model: "model" },
  tool: { toolName: "tool_name", arguments: "arguments", result: "result" },
  reward: { reward: "reward", rewardType: "reward_type" },
  coordination: {},
  content: {},
  reasoning: {},
};

/** The span as JSON, without the id of its trace, because it is written within its trace. */
export function writeSpan(span: Span): SpanJson {
  const { kind, traceId: _, attributes, ...fields } = span;
  const keys = seedKeys[kind];
  const outside: Record<string, unknown> = { span_type: kind };
  const inside: Record<string, unknown> = { version: spanVersion };
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const key = keys[name];
    if (key === undefined) inside[name] = value;
    else outside[key] = value;
  }
  if (Object.keys(attributes).length > 0) inside["attributes"] = attributes;
  return { ...outside, hone: inside } as SpanJson;
}

/** Where a span is read from, with values for fields that it does not have. */
export interface SpanPlace {
  /** The id of the span's trace. */
  readonly traceId: string;
  /** Name of the file or row, for errors. */
  readonly where: string;
  /** Index of the span in its trace, from 0. */
  readonly index: number;
  /** Start of a span that has none, in Unix milliseconds. */
  readonly startedAt: number;
}

/** Reads a span of any version. @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export function readSpan(json: unknown, place: SpanPlace): Span {
  const version = versionOf(json);
  if (version === undefined) return readSpan(upgradeSeedSpan(json, place), place);
  if (version !== spanVersion) throw unknownVersion("hone.span", version, spanVersion, place.where);
  const result = spanSchema.safeParse(json);
  if (!result.success) throw damaged(place, problemsOf(result.error));
  const { span_type: kind, hone: inside, ...outside } = result.data;
  const { version: _, attributes, ...fields } = inside;
  const named = Object.entries(seedKeys[kind]).flatMap(([name, key]) => {
    const value = (outside as Readonly<Record<string, unknown>>)[key];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...withoutUndefined(fields),
    ...Object.fromEntries(named),
    kind,
    traceId: place.traceId,
    attributes: attributes ?? {},
  } as Span;
}

/** The version under `hone`; undefined for JSON of other programs, which has no such key. */
export function versionOf(json: unknown): unknown {
  if (typeof json !== "object" || json === null || !("hone" in json)) return undefined;
  return (json.hone as { version?: unknown } | null)?.version ?? "none";
}

export const unknownVersion = (
  format: string,
  found: unknown,
  known: number,
  file: string,
): HoneError =>
  new HoneError("FORMAT_UNKNOWN_VERSION", { file, format, found: JSON.stringify(found), known });

const damaged = (place: SpanPlace, problem: string): HoneError =>
  new HoneError("FILE_DAMAGED", { file: place.where, problem: `span ${place.index}: ${problem}` });

/** A span of another program as one of version 1. */
function upgradeSeedSpan(json: unknown, place: SpanPlace): unknown {
  const given = jsonObject.safeParse(json);
  if (!given.success) throw damaged(place, problemsOf(given.error));
  const { span_type: kind, ...rest } = given.data;
  if (!spanKinds.includes(kind as SpanKind)) {
    throw damaged(place, `span_type is ${JSON.stringify(kind)}; known: ${spanKinds.join(", ")}`);
  }
  const { outside, inside, others } = sortKeys(kind as SpanKind, rest);
  const { startedAt, index } = place;
  const common = { version: spanVersion, id: `span_${index}`, sequence: index, startedAt };
  const attributes = Object.keys(others).length === 0 ? {} : { attributes: others };
  return { span_type: kind, ...outside, hone: { ...common, ...inside, ...attributes } };
}

type JsonFields = Record<string, JsonValue>;

/** Divides the keys of another program's span: those of the common trace tree, those for `hone`, and unknown ones. */
function sortKeys(kind: SpanKind, rest: JsonFields) {
  const others: JsonFields = { ...rest };
  const take = (name: string): JsonValue | undefined => {
    const value = others[name];
    delete others[name];
    return value ?? undefined;
  };
  const text = (name: string): string => asText(take(name) ?? "");
  const filled = (): { outside: object; inside: object } => {
    switch (kind) {
      case "prompt": {
        const [input, output, model] = [take("input"), take("output"), take("model")];
        const outside = withoutUndefined({
          input: asPromptText(input ?? ""),
          output: output === undefined ? undefined : asPromptText(output),
          model: model === undefined ? undefined : asText(model),
        });
        return { outside, inside: {} };
      }
      case "tool": {
        const [name, given, result] = [text("tool_name"), take("arguments"), take("result")];
        const outside = withoutUndefined({ tool_name: name, arguments: given ?? null, result });
        return { outside, inside: {} };
      }
      case "reward":
        return {
          outside: { reward: take("reward"), reward_type: text("reward_type") },
          inside: {},
        };
      case "coordination":
        return { outside: {}, inside: { event: text("event"), details: take("details") ?? null } };
      case "content":
      case "reasoning":
        return { outside: {}, inside: { content: text("content") } };
    }
  };
  return { ...filled(), others };
}

const asText = (value: JsonValue): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** A prompt's text or messages; messages in another form than hone's are kept as JSON text. */
function asPromptText(value: JsonValue): PromptText {
  const result = promptText.safeParse(value);
  return result.success ? (result.data as string | Message[]) : asText(value);
}
