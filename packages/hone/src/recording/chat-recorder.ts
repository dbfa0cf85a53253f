/** Turns what an agent yields into spans: runs of content and of reasoning, and calls of tools with their results. */
import type { Message } from "../core/message.ts";
import type { PromptText, TokenUsage } from "../core/span.ts";
import type { JsonValue } from "../core/json.ts";
import type { OpenSpan, OpenTrace, SpanEnd } from "../ports/tracer.ts";
import { type ChunkPart, readChunk } from "../messages/stream-chunks.ts";

/** Characters of one stream that are kept until its end; what is stored of them is far less. */
const mostCharacters = 50_000_000;

interface OpenCall {
  readonly span: OpenSpan<"tool">;
  id: string | undefined;
  name: string;
  arguments: unknown;
  pieces: string[];
}

export class ChatRecorder {
  readonly #trace: OpenTrace;
  readonly #prompt: OpenSpan;
  readonly #calls = new Map<string, OpenCall>();
  readonly #made: OpenCall[] = [];
  readonly #said: string[] = [];
  readonly #thought: string[] = [];
  #run:
    | { kind: "content" | "reasoning"; span: OpenSpan<"content" | "reasoning">; texts: string[] }
    | undefined;
  #characters = 0;
  #chunks = 0;
  #unread = 0;
  #problem: { readonly error: unknown } | undefined;
  #facts: { model?: string; usage?: TokenUsage } = {};

  constructor(trace: OpenTrace, prompt: OpenSpan) {
    this.#trace = trace;
    this.#prompt = prompt;
  }

  /** True once anything was yielded. */
  get hasChunks(): boolean {
    return this.#chunks > 0;
  }

  /** What the stream itself said went wrong. */
  get problem(): { readonly error: unknown } | undefined {
    return this.#problem;
  }

  chunk(chunk: unknown): void {
    this.#chunks++;
    const parts = readChunk(chunk);
    if (parts === undefined) this.#unread++;
    for (const part of parts ?? []) this.#part(part);
  }

  /** Ends the spans of what was yielded, and gives what the prompt span is to know of it. */
  finish(): SpanEnd<"prompt"> {
    this.#endRun();
    // Only the first end of a span counts: these are the calls that the caller was left to make.
    const unseen = { attributes: { "hone.result": "not seen" } };
    for (const call of this.#made) call.span.end({ ...namedCall(call), ...unseen });
    const unread = this.#unread === 0 ? {} : { "hone.chunks.unread": this.#unread };
    const output = this.#output();
    return {
      ...this.#facts,
      ...(output === undefined ? {} : { output }),
      attributes: { "hone.chunks": this.#chunks, ...unread },
    };
  }

  #part(part: ChunkPart): void {
    switch (part.kind) {
      case "content":
      case "reasoning":
        return this.#text(part.kind, part.text);
      case "call":
        return this.#call(part);
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
      this.#run = { kind, span: span, texts: [] };
    }
    this.#characters += text.length;
    if (this.#characters > mostCharacters) return;
    this.#run?.texts.push(text);
    (kind === "content" ? this.#said : this.#thought).push(text);
  }

  #endRun(): void {
    const run = this.#run;
    this.#run = undefined;
    run?.span.end({ content: run.texts.join("") });
  }

  #call(part: ChunkPart & { kind: "call" }): void {
    const known = this.#calls.get(part.key);
    // Every step of a stream counts its pieces from 0 again; the id tells the calls apart.
    if (known !== undefined && (part.id ?? known.id) === known.id) {
      if (part.piece !== undefined) known.pieces.push(part.piece);
      known.arguments = part.arguments ?? known.arguments;
      known.name = part.name ?? known.name;
      return;
    }
    this.#endRun();
    const span = this.#trace.span({
      kind: "tool",
      toolName: part.name ?? "",
      arguments: (part.arguments ?? null) as JsonValue,
      parentId: this.#prompt.id,
      ...(part.id === undefined ? {} : { callId: part.id }),
    });
    const call: OpenCall = {
      span,
      id: part.id,
      name: part.name ?? "",
      arguments: part.arguments,
      pieces: part.piece === undefined ? [] : [part.piece],
    };
    this.#made.push(call);
    this.#calls.set(part.key, call);
    // Its result names the id, whatever its pieces are known by.
    if (part.id !== undefined) this.#calls.set(part.id, call);
  }

  #result(part: ChunkPart & { kind: "result" | "toolError" }): void {
    this.#endRun();
    if (!this.#calls.has(part.key)) {
      const name = part.kind === "result" ? part.name : undefined;
      this.#call({ kind: "call", key: part.key, id: part.key, ...(name ? { name } : {}) });
    }
    const call = this.#calls.get(part.key)!;
    if (part.kind === "toolError") return call.span.fail(part.error);
    call.span.end({ ...namedCall(call), result: part.result as JsonValue });
  }

  #output(): PromptText | undefined {
    if (this.#chunks === 0) return undefined;
    const message: Message = {
      role: "assistant",
      content: this.#said.join(""),
      ...(this.#thought.length === 0 ? {} : { reasoning: this.#thought.join("") }),
      ...(this.#made.length === 0 ? {} : { toolCalls: this.#made.map((call) => toolCallOf(call)) }),
    };
    return [message];
  }
}

const argumentsOf = (call: OpenCall): JsonValue => {
  if (call.pieces.length === 0) return (call.arguments ?? null) as JsonValue;
  const text = call.pieces.join("");
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
};

const namedCall = (call: OpenCall): SpanEnd<"tool"> => ({
  toolName: call.name,
  arguments: argumentsOf(call),
});

const toolCallOf = (call: OpenCall): NonNullable<Message["toolCalls"]>[number] => {
  const given = argumentsOf(call);
  const isText = typeof given === "string";
  return {
    id: call.id ?? "",
    name: call.name,
    // Values that are no JSON are cleaned where the span is made.
    arguments: isText ? given : (given as unknown as string),
  };
};
