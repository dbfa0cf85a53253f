/** Finds the form of tool calls in what a template wrote for one. */
import { fieldsOf, parsedObject } from "../../core/json.ts";
import { bareCalls } from "../reply/bare-calls.ts";
import type { CallForm } from "../reply/call-form.ts";
import { argKeyBody, attributeBody, functionBody } from "../reply/function-calls.ts";
import { gemmaBody, keyedBody, pythonBody } from "../reply/literal-calls.ts";
import { jsonBody, type MarkedBody, markedCalls } from "../reply/marked-calls.ts";
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
  const thought = [...written.slice(0, at).matchAll(THOUGHT_ENDS)].at(-1);
  const from = thought === undefined ? 0 : thought.index + thought[0].length;
  const lead = written.slice(from, at).trimStart();
  const rest = written.slice(at + name.length);
  const form = formsOf(lead, rest, call).find(
    (one) =>
      readsBack(one, written.slice(from), 1, call) &&
      (call.two === undefined || readsBack(one, call.two.slice(from), 2, call)),
  );
  if (form === undefined) return undefined;
  const firstKey = rest.search(
    new RegExp(`["']?${key}|<[^<>\\n]{0,9}(?:param|parameter|arg_key)[^<\\n]{0,9}${key}`, "u"),
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
        ? lead.replace(/\s*"?$/u, "").replace(call.id, newId("call"))
        : `${lead.replace(call.id, newId(wanted))}${wanted}${middle.replace(call.id, newId(wanted))}`.trimEnd(),
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

/** The forms that may be it, the likeliest first. */
function formsOf(lead: string, rest: string, call: ProbedCall): readonly CallForm[] {
  if (lead.includes("[TOOL_CALLS]")) return [mistralCalls];
  const forms = [
    tagForm(lead, rest),
    ...(/\{[^{}]*"$/u.test(lead) ? [jsonForm(lead, rest, call), keyedForm(lead, rest)] : []),
    literalForm(lead, rest),
    namedForm(lead, rest, call),
    numberedForm(lead, rest, call),
  ];
  return forms.filter((form) => form !== undefined);
}

/** Marks that end a thought. */
const THOUGHT_ENDS = /<\/(?:\w+:)?think>|<\|END_THINKING\|>|<channel\|>/gu;

/** A mark: `<…>` without white space. */
const MARK = /<[^<>\s]+>/u;

function tagForm(lead: string, rest: string): CallForm | undefined {
  if (lead.endsWith("<function=")) {
    const open = lead.slice(0, -"<function=".length);
    const isJson = /^>\s*\{/u.test(rest);
    return isJson
      ? namedCalls({
          open: "<function=",
          before: "<function=",
          between: ">",
          behind: "</function>",
        })
      : markedBy(open, rest.split("</function>")[1], functionBody);
  }
  if (rest.includes("<arg_key>")) return markedBy(lead, rest.split("</arg_value>")[1], argKeyBody);
  const call = /<([^<>\s]+) name="$/u.exec(lead);
  const value = /<([^<>\s/]+) name="/u.exec(rest)?.[1];
  if (call === null || value === undefined) return undefined;
  const body = attributeBody({ call: call[1]!, value });
  const end = `</${call[1]!}>`;
  const open = lead.slice(0, call.index).trim();
  if (open === "") return eachOf(call[0], end, body);
  return markedBy(open, rest.slice(rest.indexOf(end) + end.length), body);
}

/** A form whose calls have no marks around them but their own tags, which belong to their bodies. */
function eachOf(open: string, close: string, body: MarkedBody): CallForm {
  const withTags = (text: string, isClosed: boolean): string =>
    `${open}${text}${isClosed ? close : ""}`;
  return markedCalls(open, close, {
    isWhole: (text) => body.isWhole(withTags(text, true)),
    read: (text, tools, isClosed = true) => body.read(withTags(text, isClosed), tools, isClosed),
  });
}

/** Literals of another notation than JSON between two marks. */
function literalForm(lead: string, rest: string): CallForm | undefined {
  const body = lead.endsWith("call:") ? gemmaBody : /^\(/u.test(rest) ? pythonBody : undefined;
  const open = MARK.exec(lead)?.[0];
  const close = MARK.exec(rest.replaceAll('<|"|>', ""))?.[0];
  return body && open && close ? markedCalls(open, close, body) : undefined;
}

/** JSON objects with the name as their key. */
function keyedForm(lead: string, rest: string): CallForm | undefined {
  const [open, close] = [MARK.exec(lead)?.[0], MARK.exec(rest)?.[0]];
  return open && close ? markedCalls(open, close, keyedBody) : undefined;
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

function jsonForm(lead: string, rest: string, { value }: ProbedCall): CallForm | undefined {
  const open = lead
    .replace(/\{[^{}]*"$/u, "")
    .replace(/\[\s*$/u, "")
    .trim();
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

/** Names between marks, behind an id or with a prefix and a number: Kimi K2's and Solar's. */
function numberedForm(lead: string, rest: string, { value, id }: ProbedCall): CallForm | undefined {
  const start = rest.indexOf("{");
  const end = rest.indexOf("}", rest.indexOf(value));
  const between = MARK.exec(rest.slice(0, Math.max(0, start)))?.[0];
  const behind = end < 0 ? undefined : MARK.exec(rest.slice(end + 1))?.[0];
  const open = MARK.exec(lead)?.[0];
  const marks = lead.replace(/[^<>\s]*$/u, "");
  // Of marks with an id between them the last one says where the name begins.
  const before = marks.includes(id)
    ? marks.slice(marks.indexOf(id) + id.length)
    : marks.slice(marks.lastIndexOf("<"));
  if (between === undefined || behind === undefined || open === undefined || before === "")
    return undefined;
  const prefix = lead.slice(marks.length);
  return namedCalls({ open, before, between, behind, prefix, isNumbered: /^:\d+</u.test(rest) });
}
