/**
 * The table of chunks: what a chunk of an agent's stream says, in the forms in use: texts, `{ type, … }` as the AI SDK and many
 * agents yield, chunks of Chat Completions, events of Responses. A chunk of another form says nothing and is counted.
 */
import { fieldsOf, isObject, type JsonObject, objectsOf } from "../core/json.ts";
import type { TokenUsage } from "../core/span.ts";
import { MessageBuilder } from "./message-builder.ts";
import { callIdOf } from "./part-forms.ts";
import { firstField, plainText } from "./plain-text.ts";
import type { CallPiece } from "./streamed-answer.ts";
import { usageOf } from "./token-usage.ts";
import { callPieceOf, readDelta } from "./wires/chat-completions.ts";

export type ChunkPart =
  | { readonly kind: "content" | "reasoning"; readonly text: string }
  /** A call of a tool, or a piece of one. */
  | { readonly kind: "call"; readonly call: CallPiece }
  | {
      readonly kind: "result";
      /** The id of the call; empty where the chunk does not say it. */
      readonly callId: string;
      readonly name?: string;
      readonly result: unknown;
    }
  | { readonly kind: "toolError"; readonly callId: string; readonly error: unknown }
  | { readonly kind: "event"; readonly event: string; readonly details: unknown }
  /** The stream says that the agent failed, or was stopped; the stream may end after that as if all went well. */
  | { readonly kind: "problem"; readonly error: unknown }
  | { readonly kind: "facts"; readonly model?: string; readonly usage?: TokenUsage };

/** What the chunk says; undefined when its form is not known. */
export function readChunk(chunk: unknown): readonly ChunkPart[] | undefined {
  if (typeof chunk === "string") return [{ kind: "content", text: chunk }];
  if (!isObject(chunk)) return undefined;
  if (Array.isArray(chunk["choices"])) return completionParts(chunk, chunk["choices"]);
  const { type, content } = chunk;
  if (typeof type === "string") return chunkForms.get(type)?.(chunk);
  return typeof content === "string" ? [{ kind: "content", text: content }] : undefined;
}

type ChunkForm = (chunk: JsonObject) => readonly ChunkPart[] | undefined;

const content: ChunkForm = (chunk) => textPart(chunk, "content");
const reasoning: ChunkForm = (chunk) => textPart(chunk, "reasoning");
const call: ChunkForm = (chunk) => [callPart(chunk)];
/** Preliminary results tell of a tool's progress; only the last one counts. */
const result: ChunkForm = (chunk) => (chunk["preliminary"] === true ? [] : [resultPart(chunk)]);
const nothing: ChunkForm = () => [];

/** What agents of a team yield about each other; the rest of the chunk is the event's details. */
const event: ChunkForm = ({ type, event: named, details, ...rest }) => [
  {
    kind: "event",
    event: String(type === "coordination" ? (named ?? type) : type),
    details: details ?? rest,
  },
];

const denied = "The call was not allowed.";

const rows = (kinds: string, form: ChunkForm): (readonly [string, ChunkForm])[] =>
  kinds.split(" ").map((kind) => [kind, form]);

/** `type` of a chunk → what it says. */
const chunkForms: ReadonlyMap<string, ChunkForm> = new Map([
  ...rows("content text text-delta text_delta response.output_text.delta", content),
  ...rows("reasoning thinking reasoning-delta reasoning_delta thinking_delta", reasoning),
  ...rows("response.reasoning_text.delta response.reasoning_summary_text.delta", reasoning),
  ...rows("tool-call tool_call", call),
  ...rows("tool_calls", (chunk) =>
    objectsOf(chunk["tool_calls"] ?? chunk["toolCalls"]).map(callPart),
  ),
  ...rows("tool-result tool_result", result),
  ...rows("tool-error", (chunk) => [toolError(chunk, chunk["error"])]),
  ...rows("tool-output-denied", (chunk) => [toolError(chunk, new Error(denied))]),
  ...rows("tool-approval-request coordination vote new_answer restart consensus", event),
  // After these pieces, the call comes whole.
  ...rows("tool-input-start tool-input-delta tool-input-end", nothing),
  ...rows("start start-step text-start text-end reasoning-start reasoning-end", nothing),
  ...rows("source raw ping done", nothing),
  // The usage of a step is left out: `finish` has the sum of all steps.
  ...rows("finish-step", (chunk) => factParts(undefined, fieldsOf(chunk["response"])["modelId"])),
  ...rows("finish", (chunk) => factParts(chunk["totalUsage"] ?? chunk["usage"], chunk["model"])),
  ...rows("error", (chunk) => ("error" in chunk ? [problem(chunk["error"])] : undefined)),
  ...rows("abort", (chunk) => [problem(aborted(chunk["reason"]))]),
]);

const problem = (error: unknown): ChunkPart => ({ kind: "problem", error });

const aborted = (reason: unknown): Error =>
  new DOMException(plainText(reason) || "The call was aborted.", "AbortError");

function completionParts(chunk: JsonObject, choices: readonly unknown[]): ChunkPart[] {
  const choice = fieldsOf(choices[0]);
  const delta = fieldsOf(choice["delta"] ?? choice["message"]);
  const builder = new MessageBuilder();
  readDelta(delta, builder);
  const [said] = builder.messages("assistant");
  return [
    { kind: "reasoning", text: said?.reasoning ?? "" },
    { kind: "content", text: said?.content ?? "" },
    ...objectsOf(delta["tool_calls"]).map((piece): ChunkPart => ({
      kind: "call",
      call: callPieceOf(piece),
    })),
    ...factParts(chunk["usage"], chunk["model"]),
  ];
}

const chunkTexts = ["text", "content", "delta", "textDelta", "thinking"];

function textPart(chunk: JsonObject, kind: "content" | "reasoning"): ChunkPart[] | undefined {
  const text = firstField(chunk, chunkTexts);
  return typeof text === "string" ? [{ kind, text }] : undefined;
}

const nameFields = ["toolName", "name", "tool_name"];

function callPart(chunk: JsonObject): ChunkPart {
  const inner = isObject(chunk["function"]) ? chunk["function"] : chunk;
  const given = firstField(inner, ["input", "args", "arguments"]);
  const name = firstField(inner, nameFields);
  return { kind: "call", call: { id: callIdOf(chunk), name, value: given } };
}

function resultPart(chunk: JsonObject): ChunkPart {
  const name = plainText(firstField(chunk, nameFields));
  return {
    kind: "result",
    callId: callIdOf(chunk),
    result: firstField(chunk, ["output", "result", "content"]) ?? null,
    ...(name === "" ? {} : { name }),
  };
}

const toolError = (chunk: JsonObject, error: unknown): ChunkPart => ({
  kind: "toolError",
  callId: callIdOf(chunk),
  error,
});

function factParts(usage: unknown, model: unknown): ChunkPart[] {
  const facts = factsOf(usage, model);
  return Object.keys(facts).length === 0 ? [] : [{ kind: "facts", ...facts }];
}

/** The model's name and the tokens it counted, where they are known. */
export function factsOf(
  usage: unknown,
  model: unknown,
): { readonly model?: string; readonly usage?: TokenUsage } {
  return { ...(typeof model === "string" ? { model } : {}), ...usageOf(usage) };
}
