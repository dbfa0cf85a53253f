/** Which prompt spans are agents and not calls of a model. */
import type { Span } from "./span.ts";

/**
 * The ids of prompts that stand around calls of models which are recorded themselves: what was said there, and its tokens,
 * are those of the calls. A call in a tool of another is no such one.
 *
 * @param calls  the prompts that count as calls
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
