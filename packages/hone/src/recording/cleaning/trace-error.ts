/** Anything that was thrown, as an error of a span or a trace. */
import { messageOf } from "../../core/errors.ts";
import type { TraceError } from "../../core/span.ts";

/** Its message, name and code. Secrets and lengths are left as they are: the tracer cleans the error with its span. */
export function errorOf(thrown: unknown): TraceError {
  try {
    const { name, code } = (typeof thrown === "object" && thrown !== null ? thrown : {}) as {
      name?: unknown;
      code?: unknown;
    };
    return {
      // An error's own class may give `message` a value that is not a text.
      message: String(messageOf(thrown)),
      ...(typeof name === "string" ? { type: name } : {}),
      ...(typeof code === "string" || typeof code === "number" ? { code: String(code) } : {}),
    };
  } catch {
    return { message: "[an error that cannot be read]" };
  }
}
