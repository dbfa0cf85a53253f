/** Where spans of a trace lie in each other, and whose work they are. */
import type { Span } from "./span.ts";
import type { Trace } from "./trace.ts";

/** The spans of a trace by their ids. */
export type SpansById = ReadonlyMap<string, Span>;

export const spansById = (spans: readonly Span[]): SpansById =>
  new Map(spans.map((span) => [span.id, span]));

/** A span, and those around it, the innermost first. */
export function spansAround(spans: SpansById, span: Span): readonly Span[] {
  const found: Span[] = [];
  let one: Span | undefined = span;
  while (one !== undefined && !found.includes(one)) {
    found.push(one);
    const { parentId }: Span = one;
    one = parentId === undefined ? undefined : spans.get(parentId);
  }
  return found;
}

/** The agent that a span names, or the nearest span around it that names one. */
export const namedAgent = (spans: SpansById, span: Span): string | undefined =>
  spansAround(spans, span).find(({ agent }) => agent !== undefined)?.agent;

/** Whose work a span is: the agent that it or a span around it names, else the trace's. */
export const agentOfSpan = (
  { agent, spans }: Pick<Trace, "agent" | "spans">,
  span: Span,
  byId: SpansById = spansById(spans),
): string => namedAgent(byId, span) ?? agent;
