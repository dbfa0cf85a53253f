/**
 * What a dialect reads from a span of OpenTelemetry: its kind among ours, with the fields of that kind. Ids, times, name and
 * error are read in the same way for every dialect (`from-otlp.ts`).
 */
import type { JsonValue } from "../core/json.ts";
import type { OtlpSpan } from "../core/otlp.ts";
import type { PromptText, SpanKind, SpanOf } from "../core/span.ts";
import type { AttributeBag } from "./attribute-bag.ts";
import { readPrompt, type ReadPrompt } from "../messages/read-messages.ts";

/** Fields that are read in the same way for every dialect. */
type Common =
  | "id"
  | "traceId"
  | "parentId"
  | "name"
  | "sequence"
  | "startedAt"
  | "endedAt"
  | "error"
  | "attributes";

/** The fields that a dialect reads, for a span of some kind. */
export type Meaning = { [K in SpanKind]: Omit<SpanOf<K>, Common> }[SpanKind];

/** A way of writing what agents do into spans. */
export interface Dialect {
  readonly name: string;
  /** True for spans that are written in this dialect. */
  readonly matches: (span: OtlpSpan) => boolean;
  /** Reads a span. Attributes that it understands are taken out of the bag; the others stay attributes of our span. */
  readonly read: (bag: AttributeBag, span: OtlpSpan) => Meaning;
}

/** The attribute in which a content span, such as an agent's run, a chain or a step, keeps what it was given. */
export const inputAttribute = "hone.input";

/** OpenTelemetry's name for why the model stopped. */
const finishAttribute = "gen_ai.response.finish_reasons";

/**
 * Takes the messages of the first of these attributes that the span has. The attribute stays as well where it holds more than
 * our messages can.
 *
 * @param role  of messages that do not name theirs
 */
export function takeMessages(
  bag: AttributeBag,
  role: "user" | "assistant",
  ...keys: readonly string[]
): PromptText | undefined {
  const key = keys.find((one) => bag.has(one));
  if (key === undefined) return undefined;
  const found = readPrompt(bag.json(key) ?? "", { role });
  if (!found.isWhole) bag.keep(key);
  noteFinish(bag, found);
  return found.text;
}

/** Takes messages from attributes whose names spell them, such as `llm.input_messages.0.message.role`. */
export function treeMessages(
  bag: AttributeBag,
  role: "user" | "assistant",
  prefix: string,
): PromptText | undefined {
  const keys = bag.keys().filter((key) => key.startsWith(`${prefix}.`));
  const tree = bag.tree(prefix);
  if (tree === undefined) return undefined;
  const found = readPrompt(tree, { role });
  if (!found.isWhole) bag.keep(...keys);
  noteFinish(bag, found);
  return found.text;
}

function noteFinish(bag: AttributeBag, { finishReasons }: ReadPrompt): void {
  if (finishReasons.length > 0 && !bag.has(finishAttribute))
    bag.add(finishAttribute, finishReasons);
}

/** The fields that are not undefined. */
export function known<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** The content span for a span around others: its output is the content, its input an attribute. */
export function contentMeaning(
  bag: AttributeBag,
  input: JsonValue | PromptText | undefined,
  output: JsonValue | PromptText | undefined,
): Meaning {
  if (input !== undefined) bag.add(inputAttribute, input as JsonValue);
  return { kind: "content", content: output === undefined ? "" : textOf(output) };
}

/** The value as a text for people; of messages, the text of the last one. */
function textOf(value: JsonValue | PromptText): string {
  if (typeof value === "string") return value;
  const last = Array.isArray(value) ? (value.at(-1) as unknown) : value;
  if (typeof last === "object" && last !== null) {
    for (const key of ["content", "text", "output"]) {
      const inner = (last as Readonly<Record<string, unknown>>)[key];
      if (typeof inner === "string" && inner !== "") return inner;
    }
  }
  return JSON.stringify(value);
}
