/** Replies of a runner, checked: a program that broke out of its interpreter could write anything there. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { SandboxFailure } from "../../ports/sandbox.ts";
import type { RunnerReply } from "../runners/messages.ts";

/** The reply of a line; undefined for what is none. */
export function readReply(line: string): RunnerReply | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isObject(value) && isReply(value) ? value : undefined;
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
