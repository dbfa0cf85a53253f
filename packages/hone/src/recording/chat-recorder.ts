/** Records what an agent yields as spans: content, reasoning, and calls of tools with their results. */
import { exactJson, type JsonValue } from "../core/json.ts";
import type { Message } from "../core/message.ts";
import type { PromptText, TokenUsage } from "../core/span.ts";
import { type ChunkPart, readChunk } from "../messages/stream-chunks.ts";
import { type CallPiece, StreamedAnswer, type StreamedCall } from "../messages/streamed-answer.ts";
import { TextBudget } from "../messages/text-budget.ts";
import type { OpenSpan, OpenTrace, SpanEnd } from "../ports/tracer.ts";

/** Characters kept of one agent's stream, and of all streams together, until they end. */
const streamBudget = new TextBudget({ each: 50_000_000, all: 200_000_000 });

/** A call of a tool in the stream, with its span. */
interface RecordedCall {
  readonly call: StreamedCall;
  readonly span: OpenSpan<"tool">;
  hasResult: boolean;
}

/** Content or reasoning without anything else between its chunks: one span. */
interface TextRun {
  readonly kind: "content" | "reasoning";
  readonly span: OpenSpan<"content" | "reasoning">;
  text: string;
}

export class ChatRecorder {
  readonly #trace: OpenTrace;
  readonly #prompt: OpenSpan;
  readonly #share = streamBudget.open();
  readonly #answer = new StreamedAnswer(this.#share);
  readonly #calls = new Map<StreamedCall, RecordedCall>();
  #run: TextRun | undefined;
  #chunks = 0;
  #unread = 0;
  #problem: { readonly error: unknown } | undefined;
  #facts: { model?: string; usage?: TokenUsage } = {};

  constructor(trace: OpenTrace, prompt: OpenSpan) {
    this.#trace = trace;
    this.#prompt = prompt;
  }

  /** True once the agent has yielded something. */
  get hasChunks(): boolean {
    return this.#chunks > 0;
  }

  /** The error that a chunk of the stream told of. */
  get problem(): { readonly error: unknown } | undefined {
    return this.#problem;
  }

  chunk(chunk: unknown): void {
    this.#chunks++;
    const parts = readChunk(chunk);
    if (parts === undefined) this.#unread++;
    for (const part of parts ?? []) this.#part(part);
  }

  /** Ends the spans that still run. Returns the fields of the prompt span that the stream made known. */
  finish(): SpanEnd<"prompt"> {
    this.#endRun();
    // Only the first end of a span counts, so that this one is for calls whose results were not in the stream.
    const unseen = { attributes: { "hone.result": "not seen" } };
    for (const { call, span } of this.#calls.values()) span.end({ ...namedCall(call), ...unseen });
    const output = this.#output();
    const { isCut } = this.#answer;
    this.#answer.release();
    return {
      ...this.#facts,
      ...(output === undefined ? {} : { output }),
      attributes: {
        "hone.chunks": this.#chunks,
        ...(this.#unread === 0 ? {} : { "hone.chunks.unread": this.#unread }),
        ...(isCut ? { "hone.answer.cut": true } : {}),
      },
    };
  }

  #part(part: ChunkPart): void {
    switch (part.kind) {
      case "content":
      case "reasoning":
        return this.#text(part.kind, part.text);
      case "call":
        return void this.#call(part.call);
      case "result":
      case "toolError":
        return this.#result(part);
      case "event":
        this.#endRun();
        return this.#trace
          .span({
            kind: "coordination",
            event: part.event,
            details: part.details as JsonValue,
            parentId: this.#prompt.id,
          })
          .end();
      case "problem":
        this.#problem = part;
        return;
      case "facts": {
        const { kind: _, ...facts } = part;
        this.#facts = { ...this.#facts, ...facts };
      }
    }
  }

  #text(kind: "content" | "reasoning", text: string): void {
    if (text === "") return;
    if (this.#run?.kind !== kind) {
      this.#endRun();
      const span = this.#trace.span({ kind, content: "", parentId: this.#prompt.id });
      this.#run = { kind, span, text: "" };
    }
    if (kind === "content") this.#answer.text(text);
    else this.#answer.reasoning(text);
    if (!this.#answer.isCut) this.#run.text += text;
  }

  #endRun(): void {
    const run = this.#run;
    this.#run = undefined;
    run?.span.end({ content: run.text });
  }

  #call(piece: CallPiece): RecordedCall | undefined {
    const call = this.#answer.callPiece(piece);
    if (call === undefined) return undefined;
    const known = this.#calls.get(call);
    if (known !== undefined) return known;
    this.#endRun();
    const span = this.#trace.span({
      kind: "tool",
      toolName: call.name,
      arguments: (call.value ?? null) as JsonValue,
      parentId: this.#prompt.id,
      ...(call.id === "" ? {} : { callId: call.id }),
    });
    const made = { call, span, hasResult: false };
    this.#calls.set(call, made);
    return made;
  }

  #result(part: ChunkPart & { kind: "result" | "toolError" }): void {
    this.#endRun();
    const name = part.kind === "result" ? (part.name ?? "") : "";
    const made = this.#callOf(part.callId, name) ?? this.#call({ id: part.callId, name });
    if (made === undefined) return;
    made.hasResult = true;
    if (part.kind === "toolError") return made.span.fail(part.error);
    made.span.end({ ...namedCall(made.call), result: part.result as JsonValue });
  }

  /** The call that a result belongs to: the one with its id, else the first with its name that has no result yet. */
  #callOf(id: string, name: string): RecordedCall | undefined {
    const all = [...this.#calls.values()];
    if (id !== "") return all.findLast(({ call }) => call.id === id);
    return all.find((one) => !one.hasResult && (name === "" || one.call.name === name));
  }

  #output(): PromptText | undefined {
    if (this.#chunks === 0) return undefined;
    const [message] = this.#answer.messages();
    if (message?.toolCalls === undefined) return message && [message];
    // Arguments that came as values stay values, so that the tracer finds secrets by the names of their fields.
    const toolCalls: unknown = this.#answer.calls.map((call) => ({
      id: call.id,
      name: call.name,
      arguments: call.hasPieces ? call.arguments : (call.value ?? ""),
    }));
    return [{ ...message, toolCalls: toolCalls as NonNullable<Message["toolCalls"]> }];
  }
}

/** The arguments as a value; text that is no JSON as it came. */
function argumentsOf(call: StreamedCall): JsonValue {
  if (!call.hasPieces) return (call.value ?? null) as JsonValue;
  try {
    return exactJson(call.arguments);
  } catch {
    return call.arguments;
  }
}

const namedCall = (call: StreamedCall): SpanEnd<"tool"> => ({
  toolName: call.name,
  arguments: argumentsOf(call),
  ...(call.id === "" ? {} : { callId: call.id }),
});
