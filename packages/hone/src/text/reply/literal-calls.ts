/** Bodies of calls whose arguments are literals of another notation than JSON, and of calls with their name as a key. */
import { elementsOf, membersOf } from "../../core/json-text.ts";
import { gemmaNotation, LiteralReader, pythonNotation } from "./literal-values.ts";
import type { MarkedBody } from "./marked-calls.ts";
import { isJson, type WrittenCall } from "./written-call.ts";

/** Gemma 4: `call:name{key:<|"|>text<|"|>,days:2}`. */
export const gemmaBody: MarkedBody = {
  isWhole: (body) => gemmaCall(body) !== undefined,
  read: (body) => {
    const name = /^\s*call:([^{]*)\{/u.exec(body)?.[1]?.trim() ?? "";
    return [gemmaCall(body) ?? { name, arguments: body }];
  },
};

function gemmaCall(body: string): WrittenCall | undefined {
  const reader = new LiteralReader(body, gemmaNotation);
  const name = reader
    .skip(/call:[^{]*/uy)
    ?.slice("call:".length)
    .trim();
  const values = name === undefined ? undefined : reader.value();
  if (name === undefined || values?.startsWith("{") !== true || !reader.isAtEnd) return undefined;
  return { name, arguments: values };
}

/** LFM2: `[name(key='text', days=2), …]`, also one call a line, and in a Markdown fence. */
export const pythonBody: MarkedBody = {
  isWhole: (body) => pythonCalls(body) !== undefined,
  read: (body) => {
    const name = /^[[\s]*([\p{L}_][\p{L}\p{N}_.-]*)\(/u.exec(withoutFence(body))?.[1] ?? "";
    return pythonCalls(body) ?? [{ name, arguments: body }];
  },
};

const withoutFence = (body: string): string =>
  body.replace(/^\s*```\w*\n/u, "").replace(/\n?```\s*$/u, "");

function pythonCalls(body: string): WrittenCall[] | undefined {
  const reader = new LiteralReader(withoutFence(body), pythonNotation);
  const isList = reader.skip(/\[/uy) !== undefined;
  const calls: WrittenCall[] = [];
  while (!reader.isAtEnd) {
    if (isList && reader.skip(/\]/uy) !== undefined) return reader.isAtEnd ? calls : undefined;
    const name = reader.skip(/[\p{L}_][\p{L}\p{N}_.-]*(?=\()/uy);
    if (name === undefined || reader.skip(/\(/uy) === undefined) return undefined;
    const values = reader.members(/\)/uy);
    if (values === undefined) return undefined;
    calls.push({ name, arguments: values });
    reader.skip(/[,;]/uy);
  }
  return isList || calls.length === 0 ? undefined : calls;
}

/** Apertus: `[{"name": {"key": "text"}}, …]`. */
export const keyedBody: MarkedBody = {
  isWhole: isJson,
  read: (body) => {
    if (!isJson(body)) return [{ name: /"([^"]*)"\s*:/u.exec(body)?.[1] ?? "", arguments: body }];
    const objects = body.startsWith("[") ? elementsOf(body).map(({ text }) => text) : [body];
    return objects.flatMap((text) => {
      if (!text.startsWith("{")) return [{ name: "", arguments: text }];
      return [...membersOf(text)].map(([name, member]) => ({ name, arguments: member.text }));
    });
  },
};
