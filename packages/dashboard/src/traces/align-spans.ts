/** Spans of two traces side by side: those of the same path stand beside each other, the others alone. */
import { diffList } from "./diff-text.ts";
import { nameOf, type Span, type SpanNode, spanTree } from "./spans.ts";

/** A span of either trace, or one of each that do the same. */
export interface SpanPair {
  readonly depth: number;
  readonly first?: Span;
  readonly second?: Span;
}

/** The pairs of two traces as a list in the order of their trees. */
export const alignSpans = (first: readonly Span[], second: readonly Span[]): readonly SpanPair[] =>
  alignNodes(spanTree(first), spanTree(second), 0);

/** What a span is called where it is compared: its kind and its name; a model may differ. */
const callName = (span: Span): string =>
  span.span_type === "prompt" ? "prompt" : `${span.span_type} ${nameOf(span)}`;

function alignNodes(
  first: readonly SpanNode[],
  second: readonly SpanNode[],
  depth: number,
): readonly SpanPair[] {
  const [a, b] = [first, second].map((nodes) => nodes.map(({ span }) => callName(span)));
  const pairs: SpanPair[] = [];
  let [i, j] = [0, 0];
  for (const { kind } of diffList(a!, b!)) {
    const [one, other] = [
      kind === "added" ? undefined : first[i++],
      kind === "removed" ? undefined : second[j++],
    ];
    pairs.push({
      depth,
      ...(one !== undefined && { first: one.span }),
      ...(other !== undefined && { second: other.span }),
    });
    pairs.push(...alignNodes(one?.children ?? [], other?.children ?? [], depth + 1));
  }
  return pairs;
}
