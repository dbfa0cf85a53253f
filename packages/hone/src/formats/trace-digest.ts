/** The hash of a trace's content: equal for equal traces, whichever store they come from. */
import { createHash } from "node:crypto";
import type { Trace } from "../core/trace.ts";
import { writeTrace } from "./trace-format.ts";

/** SHA-256 in hex of the trace's JSON with sorted keys. The order of lists, such as tags and spans, matters. */
export function digestTrace(trace: Trace): string {
  const text = JSON.stringify(writeTrace(trace), (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? inOrder(value) : value,
  );
  return createHash("sha256").update(text).digest("hex");
}

const inOrder = (content: object): object =>
  Object.fromEntries(Object.entries(content).toSorted(([a], [b]) => (a < b ? -1 : 1)));
