/** Anything that was thrown, as an error of a span or a trace. */
import type { TraceError } from "../../core/span.ts";
import { plainText } from "../../messages/plain-text.ts";

/** Errors within an error that are told, and causes behind causes. */
const [maxErrors, maxCauses] = [8, 5];

/** Characters of an object that has no message and is told as JSON. */
const maxJson = 2000;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The message, name and code of what was thrown: an error with its causes and the errors it holds, an object as some SDKs throw
 * it, or any other value. Secrets and lengths are left as they are: the tracer cleans the error with its span.
 *
 * @example errorOf({ message: "overloaded", type: "server_error", code: 503 }); // { message: "overloaded", type: "server_error", code: "503" }
 */
export function errorOf(thrown: unknown): TraceError {
  try {
    if (typeof thrown !== "object" || thrown === null) return { message: String(thrown) };
    const type = typeOf(thrown as Fields);
    const code = codeOf(thrown as Fields, maxCauses);
    return {
      message: wholeMessage(thrown as Fields, maxCauses),
      ...(type === undefined ? {} : { type }),
      ...(code === undefined ? {} : { code }),
    };
  } catch {
    return { message: "[an error that cannot be read]" };
  }
}

/** The message with those of the errors within it and of its cause, where they say more. */
function wholeMessage(thrown: Fields, levels: number): string {
  const own = ownMessage(thrown);
  if (levels === 0) return own;
  const held = thrown["errors"];
  const errors = Array.isArray(held) ? (held as readonly unknown[]) : [];
  const told = errors.slice(0, maxErrors).map((one) => messageOfAny(one, levels - 1));
  if (errors.length > maxErrors) told.push(`and ${errors.length - maxErrors} more`);
  const within = told.filter((text) => !own.includes(text)).join("; ");
  const parts = [own, within].filter((text) => text !== "");
  const cause = thrown["cause"];
  const behind = cause === undefined || cause === null ? "" : messageOfAny(cause, levels - 1);
  const all = parts.join(": ");
  return behind === "" || all.includes(behind) ? all : `${all} (cause: ${behind})`;
}

const messageOfAny = (value: unknown, levels: number): string =>
  typeof value === "object" && value !== null
    ? wholeMessage(value as Fields, levels)
    : String(value);

/** The text that says what is wrong: of an object that is no Error, under one of the names that APIs use, else its JSON. */
function ownMessage(thrown: Fields): string {
  const { message } = thrown;
  if (typeof message === "string" && message !== "") return message;
  // An error's own class may give `message` a value that is not a text.
  if (thrown instanceof Error) return plainText(message);
  for (const name of ["error", "detail", "error_description", "reason", "statusText"]) {
    const value = thrown[name];
    if (typeof value === "string" && value !== "") return value;
    if (name === "error" && typeof value === "object" && value !== null) {
      const inner = (value as Fields)["message"];
      if (typeof inner === "string" && inner !== "") return inner;
    }
  }
  const text = jsonOf(thrown);
  return text === undefined || text === "{}" ? "[object Object]" : text.slice(0, maxJson);
}

function jsonOf(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function typeOf(thrown: Fields): string | undefined {
  const { name, type } = thrown;
  if (typeof name === "string") return name;
  return typeof type === "string" ? type : undefined;
}

/** Its code or HTTP status, else that of its cause. */
function codeOf(thrown: Fields, levels: number): string | undefined {
  for (const key of ["code", "status", "statusCode"]) {
    const value = thrown[key];
    const isCode = (typeof value === "string" && value !== "") || typeof value === "number";
    if (isCode && (key === "code" || !(thrown instanceof Error))) return String(value);
  }
  const { cause } = thrown;
  const isObject = typeof cause === "object" && cause !== null;
  return isObject && levels > 0 ? codeOf(cause as Fields, levels - 1) : undefined;
}
