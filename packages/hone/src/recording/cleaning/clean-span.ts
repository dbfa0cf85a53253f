/** The fields of a span or a trace as they may be stored: copied, without secrets, cut. */
import { cutAttribute } from "../../core/cut-texts.ts";
import type { JsonValue } from "../../core/json.ts";
import { type Cleaner, textLimit } from "./clean-json.ts";
import { promptText } from "../prompt-text.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** What a span links to and how it is sorted: no texts of anybody. */
const structural: ReadonlySet<string> = new Set([
  "kind",
  "parentId",
  "targetId",
  "startedAt",
  "endedAt",
  "usage",
  "source",
  "reward",
]);

/** The fields that are known, cleaned; what was cut is named in the attribute `hone.cut`. */
export function cleanFields(known: Fields, cleaner: Cleaner): Fields {
  const cut: Record<string, number> = {};
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(known)) {
    if (value === undefined) continue;
    const before = cleaner.lost;
    clean[name] = structural.has(name) ? value : cleanField(name, value, cleaner);
    if (cleaner.lost > before) cut[name] = cleaner.lost - before + sizeOf(clean[name]);
  }
  if (Object.keys(cut).length === 0) return clean;
  const attributes = (clean["attributes"] ?? {}) as Readonly<Record<string, JsonValue>>;
  return { ...clean, attributes: { ...attributes, [cutAttribute]: cut } };
}

function cleanField(name: string, value: unknown, cleaner: Cleaner): unknown {
  switch (name) {
    case "input":
    case "output":
      return promptText(value, cleaner);
    case "attributes":
    case "metadata":
    case "error":
      return cleaner.fields(value as Fields);
    case "components":
      return Object.fromEntries(
        Object.entries(value as Fields).map(([k, v]) => [cleaner.text(k), v]),
      );
    case "tags":
      return (value as readonly string[]).map((tag) => cleaner.text(String(tag)));
    case "arguments":
    case "result":
    case "details":
      return cleaner.json(value);
    default:
      return cleaner.text(String(value));
  }
}

/** About its characters, for the note of what was cut: nothing here is longer than the limit. */
const sizeOf = (value: unknown): number => (typeof value === "string" ? value.length : textLimit);
