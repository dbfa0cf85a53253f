/** What a dialect finds in a span of OpenTelemetry: one of our kinds with its content. The rest of the span is common. */
import type { JsonValue } from "../core/json.ts";
import type { OtlpSpan } from "../core/otlp.ts";
import type { PromptText, SpanKind, SpanOf } from "../core/span.ts";
import type { AttributeBag } from "./attribute-bag.ts";
import { readPrompt, type ReadPrompt } from "../messages/read-messages.ts";

/** Fields that every span gets in the same way. */
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

type MeaningOf<K extends SpanKind> = Omit<SpanOf<K>, Common>;

export type Meaning =
  | MeaningOf<"prompt">
  | MeaningOf<"tool">
  | MeaningOf<"reward">
  | MeaningOf<"coordination">
  | MeaningOf<"content">
  | MeaningOf<"reasoning">;

export interface Dialect {
  readonly name: string;
  /** True for spans that are written in it. */
  readonly matches: (span: OtlpSpan) => boolean;
  /** Takes the attributes it understands out of the bag. */
  readonly read: (bag: AttributeBag, span: OtlpSpan) => Meaning;
}

/** The attribute under which a span of kind content keeps what it was given: an agent's run, a chain, a step. */
export const inputAttribute = "hone.input";

/** Why the model stopped; OpenTelemetry's name for it. */
const finishAttribute = "gen_ai.response.finish_reasons";

/** The messages of the first of these attributes that is there; the attribute stays where they do not hold all of it. */
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

/** The same for attributes that spell messages by their names. */
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

/** The fields that are known. */
export function known<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** A span around others: what it gave out is its content, what it was given an attribute. */
export function contentMeaning(
  bag: AttributeBag,
  input: JsonValue | PromptText | undefined,
  output: JsonValue | PromptText | undefined,
): Meaning {
  if (input !== undefined) bag.add(inputAttribute, input as JsonValue);
  return { kind: "content", content: output === undefined ? "" : textOf(output) };
}

/** A text to read: of messages, what the last of them says. */
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
