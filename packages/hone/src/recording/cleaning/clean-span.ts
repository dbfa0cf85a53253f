/** The fields of a span or of a trace's head as they may be stored: copied, without secrets, cut. */
import { cutAttribute } from "../../core/cut-texts.ts";
import { fieldsOf, type JsonObject, type JsonValue } from "../../core/json.ts";
import {
  type FieldForm,
  type FieldValues,
  headFields,
  spanFields,
} from "../../core/span-fields.ts";
import type { SpanKind } from "../../core/span.ts";
import type { TraceHead } from "../../core/trace.ts";
import { writtenAttribute, writtenText } from "../../core/written-json.ts";
import { promptText } from "./prompt-text.ts";
import { type Cleaner, textLimit } from "./clean-json.ts";

export type Attributes = Readonly<Record<string, JsonValue>>;

/** Fields of a span of one kind: what is known at its start, at its end, or all of it. */
interface PartOfSpan {
  readonly attributes?: Attributes;
}

/**
 * The fields that are known of a span, cleaned. The attribute `hone.cut` names those that were cut.
 *
 * @param kind  of the span, which may have been said at its start only
 */
export function cleanSpan<P extends PartOfSpan>(kind: SpanKind, known: P, cleaner: Cleaner): P {
  const { fields, cuts } = cleanFields(known, spanFields[kind], cleaner);
  const hasValues = kind === "tool" || kind === "coordination";
  const written = hasValues ? textsOf(known, fields, cleaner) : undefined;
  const given = fields["attributes"] as Attributes | undefined;
  const attributes = withCuts(written === undefined ? given : { ...given, ...written }, cuts);
  // Cleaning changes no field's type: each row of the table has the form of its field.
  return (attributes === undefined ? fields : { ...fields, attributes }) as P;
}

/** The fields that are known of a head, cleaned. `hone.cut` in its metadata names those that were cut. */
export function cleanHead<P extends Partial<TraceHead>>(known: P, cleaner: Cleaner): P {
  const { fields, cuts } = cleanFields(known, headFields, cleaner);
  const metadata = withCuts(fields["metadata"] as Attributes | undefined, cuts);
  // As above.
  return (metadata === undefined ? fields : { ...fields, metadata }) as P;
}

/** Attributes, those given later replacing earlier ones of their key. What was cut early and late is one list. */
export function mergeAttributes(before: Attributes, later: Attributes = {}): Attributes {
  const all = { ...before, ...later };
  const [early, late] = [before[cutAttribute], later[cutAttribute]];
  if (early === undefined || late === undefined) return all;
  return { ...all, [cutAttribute]: { ...fieldsOf(early), ...fieldsOf(late) } as Attributes };
}

/**
 * Attributes with the texts from which fields were parsed, where JavaScript would write the values in another way. A value with
 * a secret has none: its names say what is secret, and in a text the names are not all found.
 */
function textsOf(known: object, clean: JsonObject, cleaner: Cleaner): Attributes | undefined {
  let texts: Record<string, string> | undefined;
  for (const [name, value] of Object.entries(known)) {
    const text = writtenText(value);
    if (text === undefined || text.length > textLimit) continue;
    if (JSON.stringify(clean[name]) !== JSON.stringify(value)) continue;
    (texts ??= {})[writtenAttribute(name)] = cleaner.text(text);
  }
  return texts;
}

/** Name of a field → about how many characters its value had before it was cut. */
type Cuts = Readonly<Record<string, number>>;

const withCuts = (known: Attributes | undefined, cuts: Cuts | undefined): Attributes | undefined =>
  cuts === undefined ? known : { ...known, [cutAttribute]: cuts };

function cleanFields(
  known: object,
  forms: Readonly<Record<string, FieldForm>>,
  cleaner: Cleaner,
): { readonly fields: JsonObject; readonly cuts: Cuts | undefined } {
  // A copy whose fields are replaced is faster than one that is built up field by field, under keys known at run time only.
  const fields: Record<string, unknown> = { ...known };
  let cuts: Record<string, number> | undefined;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    // JavaScript may give a field that no kind has: it is cleaned as a text, and the store refuses it by its name.
    const form = forms[name] ?? "text";
    if (value === undefined) delete fields[name];
    if (value === undefined || form === "plain") continue;
    const before = cleaner.lost;
    const clean: (value: never, cleaner: Cleaner) => unknown = cleanValue[form];
    // JavaScript may also give anything in place of a value; each function below takes what it is given.
    fields[name] = clean(value as never, cleaner);
    if (cleaner.lost > before) (cuts ??= {})[name] = cleaner.lost - before + sizeOf(fields[name]);
  }
  return { fields, cuts };
}

const cleanText = (value: string, cleaner: Cleaner): string => cleaner.text(String(value));

/** How a value of each form is cleaned. */
const cleanValue: {
  readonly [F in FieldForm]: (value: FieldValues[F], cleaner: Cleaner) => FieldValues[F];
} = {
  plain: (value) => value,
  name: cleanText,
  text: cleanText,
  names: (values, cleaner) => values.map((value) => cleaner.text(String(value))),
  prompt: promptText,
  json: (value, cleaner) => cleaner.json(value),
  numbers: (values, cleaner) =>
    Object.fromEntries(Object.entries(values).map(([name, n]) => [cleaner.text(name), n])),
  attributes: (values, cleaner) => cleaner.fields(values),
  error: (error, cleaner) => ({ message: "", ...cleaner.fields({ ...error }) }),
  rewards: (rewards, cleaner) => rewards.map((reward) => withCleanReason(reward, cleaner)),
  feedback: (given, cleaner) =>
    given.map((one) => {
      const clean = withCleanReason(one, cleaner);
      return clean.kind === "correction" ? { ...clean, answer: cleaner.text(clean.answer) } : clean;
    }),
};

const withCleanReason = <T extends { readonly reason?: string }>(said: T, cleaner: Cleaner): T =>
  said.reason === undefined ? said : { ...said, reason: cleaner.text(said.reason) };

/** About its characters, for the note of what was cut: no text here is longer than the limit. */
const sizeOf = (value: unknown): number => (typeof value === "string" ? value.length : textLimit);
