/** The tools that a trace's models called, and whether the recording holds a run for each of these calls. */
import type { ToolCall } from "../../core/message.ts";
import type { PromptSpan, ToolSpan } from "../../core/span.ts";
import type { Trace } from "../../core/trace.ts";

/** The names of all tools that ran or that a model called. */
export const calledTools = ({ spans }: Pick<Trace, "spans">): ReadonlySet<string> =>
  new Set([
    ...toolSpans(spans).map(({ toolName }) => toolName),
    ...callsOfModels(spans).map(({ name }) => name),
  ]);

/**
 * Whether a model called a tool, or was given a result, without a run of the tool in the trace: nothing can answer such a
 * call. A run belongs to a call by its id, else by its tool's name.
 */
export function hasUnrecordedTools({ spans }: Pick<Trace, "spans">): boolean {
  const runs = toolSpans(spans);
  if (runs.length === 0 && hasResults(spans)) return true;
  const free = new Set(runs);
  const take = (isOf: (run: ToolSpan) => boolean): boolean => {
    const run = [...free].find(isOf);
    return run !== undefined && free.delete(run);
  };
  return callsOfModels(spans)
    .filter(({ id }) => !take(({ callId }) => callId === id))
    .some(({ name }) => !take(({ toolName }) => toolName === name));
}

const toolSpans = (spans: Trace["spans"]): readonly ToolSpan[] =>
  spans.filter((span) => span.kind === "tool");

const promptSpans = (spans: Trace["spans"]): readonly PromptSpan[] =>
  spans.filter((span) => span.kind === "prompt");

const callsOfModels = (spans: Trace["spans"]): readonly ToolCall[] =>
  promptSpans(spans).flatMap(({ output }) =>
    output === undefined || typeof output === "string"
      ? []
      : output.flatMap(({ toolCalls = [] }) => toolCalls),
  );

const hasResults = (spans: Trace["spans"]): boolean =>
  promptSpans(spans).some(
    ({ input }) => typeof input !== "string" && input.some(({ role }) => role === "tool"),
  );
