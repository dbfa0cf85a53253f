/** The spans of a trace as a tree, and the time that they took. */
import type { Schemas } from "../api/client.ts";

/** A span as docs/formats describes it. */
export type Span = Schemas["Trace"]["spans"][number];

/** A span with the spans below it. */
export interface SpanNode {
  /** That of its span, as lists need it. */
  readonly id: string;
  readonly span: Span;
  readonly children: readonly SpanNode[];
}

/** What a span is called in lists. */
export function nameOf(span: Span): string {
  if (span.span_type === "tool") return span.tool_name;
  if (span.span_type === "coordination") return span.hone.event;
  if (span.span_type === "reward") return span.reward_type;
  return span.hone.name ?? span.span_type;
}

/**
 * The tree of spans, in their order. Each is shown once: one whose parent is not there is a root, and so is the first of spans that
 * would be above themselves.
 */
export function spanTree(spans: readonly Span[]): readonly SpanNode[] {
  const nodes = new Map(
    spans.map((span) => {
      const { id } = span.hone;
      return [id, { id, span, children: [] as SpanNode[] }] as const;
    }),
  );
  const roots = rootIds(spans);
  const tree: SpanNode[] = [];
  for (const { hone } of spans) {
    const node = nodes.get(hone.id)!;
    const parent = roots.has(hone.id) ? undefined : nodes.get(hone.parentId ?? "");
    (parent?.children ?? tree).push(node);
  }
  return tree;
}

/** The spans without a parent, and one of each ring. Each span is passed once. */
function rootIds(spans: readonly Span[]): ReadonlySet<string> {
  const parents = new Map(spans.map(({ hone }) => [hone.id, hone.parentId]));
  const roots = new Set<string>();
  const done = new Set<string>();
  for (const { hone } of spans) {
    const way = new Set<string>();
    let at = hone.id;
    while (!done.has(at) && !way.has(at)) {
      way.add(at);
      const parent = parents.get(at);
      if (parent === undefined || !parents.has(parent)) {
        roots.add(at);
        break;
      }
      at = parent;
    }
    if (way.has(at) && !roots.has(at)) roots.add(at);
    for (const id of way) done.add(id);
  }
  return roots;
}

/** What bars are drawn on: its start in Unix ms, and its length in ms. */
export interface TimeLine {
  readonly start: number;
  readonly length: number;
}

/** When a trace began and ended, in Unix ms. */
export interface TraceTimes {
  readonly startedAt?: number | undefined;
  /** Absent while it runs. */
  readonly endedAt?: number | undefined;
}

/** The times of a trace of the server. */
export const timesOf = ({ hone }: Pick<Schemas["Trace"], "hone">): TraceTimes => ({
  startedAt: numberOf(hone["startedAt"]),
  endedAt: numberOf(hone["endedAt"]),
});

const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" ? value : undefined;

/** Milliseconds from the start of a trace to its end, as the list of traces shows them. Undefined while it runs. */
export const latencyOf = ({ startedAt, endedAt }: TraceTimes): number | undefined =>
  startedAt === undefined || endedAt === undefined ? undefined : endedAt - startedAt;

/** From the start of a trace to its end, and further where spans began before or ended after. */
export function timeLineOf({ startedAt, endedAt }: TraceTimes, spans: readonly Span[]): TimeLine {
  let [start, end] = [startedAt ?? Infinity, endedAt ?? -Infinity];
  for (const { hone } of spans) {
    start = Math.min(start, hone.startedAt);
    end = Math.max(end, hone.endedAt ?? hone.startedAt);
  }
  return start < end ? { start, length: end - start } : { start: 0, length: 0 };
}
