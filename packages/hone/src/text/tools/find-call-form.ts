/** Finds the form of tool calls in what a template wrote for one. */
import { fieldsOf, parsedObject } from "../../core/json.ts";
import { bareCalls } from "../reply/bare-calls.ts";
import type { CallForm } from "../reply/call-form.ts";
import { argKeyBody, functionBody } from "../reply/function-calls.ts";
import { jsonBody, markedCalls } from "../reply/marked-calls.ts";
import type { WrittenCall } from "../reply/written-call.ts";
import { mistralCalls, namedCalls } from "../reply/named-calls.ts";

/** A call as a template wrote it, from where the assistant speaks to the end of the text. */
export interface ProbedCall {
  readonly written: string;
  /** The same with two calls; undefined where the template refuses more than one. */
  readonly two: string | undefined;
  readonly name: string;
  readonly key: string;
  readonly value: string;
  readonly id: string;
}

/** A form, and how a reply of this form begins. */
export interface FoundForm {
  readonly form: CallForm;
  /** Up to where the name is written, or, with a name, up to where its arguments are. */
  readonly opening: (name?: string) => string;
  /** A call to show to a model, with stand-ins for name and arguments. */
  readonly example: string;
}

/** @returns undefined for a form that is not known */
export function findCallForm(call: ProbedCall): FoundForm | undefined {
  const { written, name, key } = call;
  const at = written.indexOf(name);
  if (at < 0) return undefined;
  // A template may write an empty thought before the call.
  const from =
    written.lastIndexOf("</think>", at) < 0 ? 0 : written.lastIndexOf("</think>", at) + 8;
  const lead = written.slice(from, at).trimStart();
  const rest = written.slice(at + name.length);
  const form = formOf(lead, rest, call);
  if (form === undefined || !readsBack(form, written.slice(from), 1, call)) return undefined;
  if (call.two !== undefined && !readsBack(form, call.two.slice(from), 2, call)) return undefined;
  const firstKey = rest.search(
    new RegExp(`["']?${key}|<(?:parameter|arg_key)[^\\n]{0,9}${key}`, "u"),
  );
  const middle = rest.slice(0, Math.max(0, firstKey)).replace(/\{\s*$/u, "");
  return {
    form,
    example: (lead + written.slice(at))
      .replaceAll(name, "tool_name")
      .replaceAll(key, "argument")
      .replaceAll(call.value, "value")
      .trim(),
    opening: (wanted) =>
      wanted === undefined
        ? lead.replace(/\s*"?$/u, "")
        : `${lead}${wanted}${middle.replace(call.id, newId(wanted))}`.trimEnd(),
  };
}

/** Whether the form reads the probe's calls out of what the template wrote. */
function readsBack(form: CallForm, written: string, count: number, call: ProbedCall): boolean {
  const { calls } = form(written.trim(), { isPartial: false });
  const isRight = (one: WrittenCall): boolean =>
    one.name === call.name && fieldsOf(parsedObject(one.arguments))[call.key] === call.value;
  return calls.length === count && calls.every(isRight);
}

/** Ids that Mistral's templates accept: nine letters and digits. */
const newId = (name: string): string =>
  name
    .replaceAll(/[^a-zA-Z0-9]/gu, "")
    .padEnd(9, "0")
    .slice(0, 9);

function formOf(lead: string, rest: string, call: ProbedCall): CallForm | undefined {
  if (lead.includes("[TOOL_CALLS]")) return mistralCalls;
  if (lead.endsWith("<function=")) {
    return markedBy(
      lead.slice(0, -"<function=".length),
      rest.split("</function>")[1],
      functionBody,
    );
  }
  if (rest.includes("<arg_key>")) return markedBy(lead, rest.split("</arg_value>")[1], argKeyBody);
  const object = /\{[^{}]*"$/u.exec(lead);
  if (object !== null) return jsonForm(lead.slice(0, object.index), rest, call);
  return namedForm(lead, rest, call);
}

/** A form between the marks that stand around a call. */
function markedBy(
  before: string,
  behind: string | undefined,
  body = jsonBody,
): CallForm | undefined {
  const open = before.trim();
  const close = /^\s*(<\/[^>\s]+>|<\|[^>\s]+>|\[\/[A-Z_]+\])/u.exec(behind ?? "")?.[1] ?? "";
  return open === "" ? undefined : markedCalls(open, close, body);
}

function jsonForm(before: string, rest: string, { value }: ProbedCall): CallForm | undefined {
  const open = before.replace(/\[\s*$/u, "").trim();
  if (open === "" || /<\|python_\w+\|>$/u.test(open)) return bareCalls;
  const behind = rest.slice(rest.indexOf(value) + value.length);
  return markedBy(open, behind.replace(/^[\s"}\]]*/u, ""));
}

function namedForm(lead: string, rest: string, { value, id }: ProbedCall): CallForm | undefined {
  const start = rest.indexOf("{");
  const end = rest.indexOf("}", rest.indexOf(value));
  if (start <= 0 || end < 0) return undefined;
  const between = rest.slice(0, start).trim();
  const behind = /^\s*(?:```)?\s*<[^>\s]+>/u.exec(rest.slice(end + 1))?.[0].trim() ?? "";
  // An id among the marks would be another one in each call.
  if (lead.includes(id) || between.includes(id)) return undefined;
  const open = /^<[^>\s]+>/u.exec(lead)?.[0];
  if (open === undefined || between === "" || behind === "") return undefined;
  const before = lead.slice(open.length) === "" ? open : lead.slice(open.length);
  return namedCalls({ open, before, between, behind });
}
