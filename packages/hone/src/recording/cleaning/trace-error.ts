/** Anything that was thrown, as a span keeps it. */
import { messageOf } from "../../core/errors.ts";
import type { TraceError } from "../../core/span.ts";
import { Cleaner } from "./clean-json.ts";
import { createRedaction } from "./redaction.ts";

export function traceError(thrown: unknown, cleaner: Cleaner): TraceError {
  try {
    const { name, code } = (typeof thrown === "object" && thrown !== null ? thrown : {}) as {
      name?: unknown;
      code?: unknown;
    };
    return {
      message: cleaner.text(messageOf(thrown)),
      ...(typeof name === "string" ? { type: cleaner.text(name) } : {}),
      ...(typeof code === "string" || typeof code === "number"
        ? { code: cleaner.text(String(code)) }
        : {}),
    };
  } catch {
    return { message: "[an error that cannot be read]" };
  }
}

/** The same for what is redacted later, where its span or trace is recorded. */
export const errorOf = (thrown: unknown): TraceError =>
  traceError(thrown, new Cleaner(createRedaction(false)));
