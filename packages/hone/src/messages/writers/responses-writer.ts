/** Writes answers of OpenAI's Responses: whole ones, and the events of a stream. */
import type { JsonObject } from "../../core/json.ts";
import type { ToolCall } from "../../core/message.ts";
import type { Turn } from "../../core/rollout.ts";
import type { WrittenEvent } from "./anthropic-messages-writer.ts";
import type { WrittenLogProb } from "./chat-completions-writer.ts";

/** What all forms of one answer have in common. */
export interface ResponseHead {
  /** Names the answer, such as "resp_…". */
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  /** Fields of the request that are repeated. */
  readonly echoed: JsonObject;
  /** Makes the id of an item, of its prefix: "msg_", "fc_" or "rs_". */
  readonly newId: (prefix: string) => string;
}

/** Writes one answer, of which a reply's pieces become items. */
export class ResponseWriter {
  readonly #head: ResponseHead;
  readonly #items: JsonObject[] = [];
  #sequence = 0;
  #open: OpenItem | undefined;

  constructor(head: ResponseHead) {
    this.#head = head;
  }

  /** The items of the answer that are complete. */
  get items(): readonly JsonObject[] {
    return this.#items;
  }

  /** The answer with its items so far. @param turn  the reply, once it is complete */
  response(turn?: Turn): JsonObject {
    const { id, created, model, echoed } = this.#head;
    const isCut = turn?.stopReason === "length";
    return {
      id,
      object: "response",
      created_at: created,
      status: turn === undefined ? "in_progress" : isCut ? "incomplete" : "completed",
      background: false,
      error: null,
      incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
      model,
      output: [...this.#items],
      usage: turn === undefined ? null : usageOf(turn),
      ...echoed,
    };
  }

  /** The first events. */
  *start(): Generator<WrittenEvent> {
    yield this.#event("response.created", { response: this.response() });
    yield this.#event("response.in_progress", { response: this.response() });
  }

  /** More text of what the model says or thinks. */
  *text(kind: "text" | "reasoning", text: string): Generator<WrittenEvent> {
    let open = this.#open;
    if (open?.kind !== kind) {
      yield* this.#close();
      open = { kind, id: this.#head.newId(kind === "text" ? "msg_" : "rs_"), text: "" };
      this.#open = open;
      yield* this.#begin(open);
    }
    open.text += text;
    const logprobs = kind === "text" ? { logprobs: [] } : {};
    yield this.#event(`response.${partNames[kind]}.delta`, {
      ...this.#part(open),
      delta: text,
      ...logprobs,
    });
  }

  /** A whole tool call. */
  *call(call: ToolCall): Generator<WrittenEvent> {
    yield* this.#close();
    const item = {
      id: this.#head.newId("fc_"),
      type: "function_call",
      status: "completed",
      call_id: call.id,
      name: call.name,
      arguments: call.arguments,
    };
    const place = { item_id: item.id, output_index: this.#items.length };
    yield this.#event("response.output_item.added", {
      output_index: place.output_index,
      item: { ...item, status: "in_progress", arguments: "" },
    });
    yield this.#event("response.function_call_arguments.delta", {
      ...place,
      delta: call.arguments,
    });
    yield this.#event("response.function_call_arguments.done", {
      ...place,
      name: call.name,
      arguments: call.arguments,
    });
    yield* this.#done(item);
  }

  /** The last events. @param logProbs  of all tokens of the reply, where they were asked for */
  *end(turn: Turn, logProbs?: readonly WrittenLogProb[]): Generator<WrittenEvent> {
    yield* this.#close(logProbs);
    const response = this.response(turn);
    yield this.#event(`response.${String(response["status"])}`, { response });
  }

  /** The event that says that the answer failed. @param error  as OpenAI writes it: message and code */
  failed({
    message,
    code,
  }: {
    readonly message: string;
    readonly code: string | null;
  }): WrittenEvent {
    return this.#event("error", { message, code, param: null });
  }

  *#begin(open: OpenItem): Generator<WrittenEvent> {
    const item = { ...itemOf(open, []), status: "in_progress", content: [] };
    yield this.#event("response.output_item.added", { output_index: this.#items.length, item });
    const part = partOf({ ...open, text: "" }, []);
    yield this.#event("response.content_part.added", { ...this.#part(open), part });
  }

  *#close(logProbs: readonly WrittenLogProb[] = []): Generator<WrittenEvent> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const rest = open.kind === "text" ? { logprobs: logProbs } : {};
    const place = this.#part(open);
    yield this.#event(`response.${partNames[open.kind]}.done`, {
      ...place,
      text: open.text,
      ...rest,
    });
    yield this.#event("response.content_part.done", { ...place, part: partOf(open, logProbs) });
    yield* this.#done(itemOf(open, logProbs));
  }

  *#done(item: JsonObject): Generator<WrittenEvent> {
    const output_index = this.#items.length;
    this.#items.push(item);
    yield this.#event("response.output_item.done", { output_index, item });
  }

  #part({ id }: OpenItem): JsonObject {
    return { item_id: id, output_index: this.#items.length, content_index: 0 };
  }

  #event(type: string, fields: JsonObject): WrittenEvent {
    return { name: type, data: { type, sequence_number: this.#sequence++, ...fields } };
  }
}

/** The message or the reasoning that pieces are added to. */
interface OpenItem {
  readonly kind: "text" | "reasoning";
  readonly id: string;
  text: string;
}

const partNames = { text: "output_text", reasoning: "reasoning_text" } as const;

const partOf = ({ kind, text }: OpenItem, logProbs: readonly WrittenLogProb[]): JsonObject =>
  kind === "text"
    ? { type: "output_text", text, annotations: [], logprobs: logProbs }
    : { type: "reasoning_text", text };

function itemOf(open: OpenItem, logProbs: readonly WrittenLogProb[]): JsonObject {
  const { id, kind } = open;
  const content = [partOf(open, logProbs)];
  return kind === "text"
    ? { id, type: "message", status: "completed", role: "assistant", content }
    : { id, type: "reasoning", status: "completed", summary: [], content };
}

const usageOf = ({ promptTokens, tokens }: Turn): JsonObject => ({
  input_tokens: promptTokens.length,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: tokens.length,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: promptTokens.length + tokens.length,
});
