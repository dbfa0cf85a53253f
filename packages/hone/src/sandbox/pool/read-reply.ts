/** Replies of a runner, checked: a program that broke out of its interpreter could write anything there. */
import { isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { SandboxFailure } from "../../ports/sandbox.ts";
import type { RunEnd, RunnerReply } from "../runners/messages.ts";

/** How a run ended, with the entry's result as a value instead of its JSON text. */
export type CheckedEnd = Omit<RunEnd, "value"> & { readonly value?: JsonValue };

export type CheckedReply =
  | Exclude<RunnerReply, { readonly kind: "end" }>
  | ({ readonly kind: "end" } & CheckedEnd);

/** Levels of lists and objects that a value may have: what reads it may call itself for each. */
const maxDepth = 1_000;

/** The reply of a line; undefined for what is none. */
export function readReply(line: string): CheckedReply | undefined {
  const reply = parsed(line);
  if (!isObject(reply) || !isReply(reply)) return undefined;
  return reply.kind === "end" ? endOf(reply) : reply;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** The end with its value. A program can make the interpreter hand back a text that is no JSON; that fails this program only. */
function endOf({ value: text, ...end }: { readonly kind: "end" } & RunEnd): CheckedReply {
  if (text === undefined) return end;
  const value = parsed(text);
  if (value !== undefined && !isDeeper(value, maxDepth)) return { ...end, value };
  const problem = value === undefined ? "is not JSON" : `is nested deeper than ${maxDepth} levels`;
  const failure: SandboxFailure = { kind: "value", message: `the value ${problem}` };
  return { ...end, exitCode: end.exitCode === 0 ? 1 : end.exitCode, failure };
}

/** True where a value has more levels; it is walked level by level, since a deep one would overflow the stack. */
function isDeeper(value: JsonValue, levels: number): boolean {
  let level: readonly JsonValue[] = [value];
  for (let depth = 0; depth <= levels; depth++) {
    level = level.flatMap((one): readonly JsonValue[] =>
      typeof one === "object" && one !== null ? Object.values<JsonValue>(one) : [],
    );
    if (level.length === 0) return false;
  }
  return true;
}

function isReply(value: JsonObject): value is JsonObject & RunnerReply {
  switch (value["kind"]) {
    case "ready":
    case "started":
      return true;
    case "output":
      return isOneOf(value["stream"], ["stdout", "stderr"]) && isText(value["base64"]);
    case "cut":
      return isCount(value["stdout"]) && isCount(value["stderr"]);
    case "broken":
      return isText(value["message"]);
    case "end":
      return isEnd(value);
    default:
      return false;
  }
}

function isEnd(value: JsonObject): boolean {
  return (
    isCount(value["exitCode"]) &&
    (value["failure"] === undefined || isFailure(value["failure"])) &&
    (value["value"] === undefined || isText(value["value"])) &&
    isList(value["files"], isFile) &&
    isList(value["removed"], isText) &&
    typeof value["runMs"] === "number"
  );
}

function isFailure(value: unknown): value is SandboxFailure {
  if (!isObject(value) || !isText(value["message"])) return false;
  const { kind, limit, name } = value;
  if (kind === "limit") return isOneOf(limit, ["time", "memory", "output", "files"]);
  return kind === "exception" ? isText(name) : isOneOf(kind, ["exit", "value"]);
}

const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isOneOf = (value: unknown, choices: readonly string[]): boolean =>
  isText(value) && choices.includes(value);
const isList = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);
const isFile = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(isText);
