/** Which prompt spans stand for agents and not for calls of a model. */
import type { Span } from "./span.ts";

/**
 * The ids of the prompt spans that have model calls below them. Such a span stands for an agent, and its messages and tokens
 * are those of these calls. A call below a tool span does not count for the spans above that tool.
 *
 * @param calls  the spans that count as model calls. Default: all prompt spans
 */
export function agentPrompts(
  spans: readonly Span[],
  calls: readonly Span[] = spans.filter(({ kind }) => kind === "prompt"),
): ReadonlySet<string> {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const around = new Set<string>();
  for (const call of calls) {
    const seen = new Set([call.id]);
    let above = byId.get(call.parentId ?? "");
    while (above !== undefined && above.kind !== "tool" && !seen.has(above.id)) {
      if (above.kind === "prompt") around.add(above.id);
      seen.add(above.id);
      above = byId.get(above.parentId ?? "");
    }
  }
  return around;
}
