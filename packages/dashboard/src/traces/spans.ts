/** The spans of a trace as the page shows them: a tree, with the place of each on the time line. */
import type { Schemas } from "../api/client.ts";

/** A span as docs/formats describes it, as far as the page reads it. */
export interface ShownSpan {
  readonly id: string;
  readonly parentId?: string;
  readonly kind: string;
  readonly name: string;
  readonly agent?: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly isFailed: boolean;
  /** All that is known of it. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** A span with the spans below it. */
export interface SpanNode {
  readonly span: ShownSpan;
  readonly children: readonly SpanNode[];
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;
const number = (value: unknown): number | undefined =>
  typeof value === "number" ? value : undefined;
const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};

/** Reads a span's JSON. What its writer left out is not known, and not guessed. */
function shownSpan(json: Readonly<Record<string, unknown>>, place: number): ShownSpan {
  const hone = fields(json["hone"]);
  const kind = text(json["span_type"]) ?? "span";
  const parentId = text(hone["parentId"]);
  const agent = text(hone["agent"]);
  const endedAt = number(hone["endedAt"]);
  return {
    id: text(hone["id"]) ?? String(place),
    ...(parentId !== undefined && { parentId }),
    kind,
    name: text(json["tool_name"]) ?? text(hone["name"]) ?? text(hone["event"]) ?? kind,
    ...(agent !== undefined && { agent }),
    startedAt: number(hone["startedAt"]) ?? 0,
    ...(endedAt !== undefined && { endedAt }),
    isFailed: hone["error"] !== undefined,
    json,
  };
}

/** The spans of a trace, in order. */
export const spansOf = (trace: Schemas["Trace"]): readonly ShownSpan[] =>
  trace.spans.map(shownSpan);

/** The tree of spans. One whose parent is not there, or that would be above itself, is at the root: each is shown once. */
export function spanTree(spans: readonly ShownSpan[]): readonly SpanNode[] {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const children = Map.groupBy(spans, ({ id, parentId }) =>
    parentId !== undefined && byId.has(parentId) && !isRing(id, byId) ? parentId : undefined,
  );
  const node = (span: ShownSpan): SpanNode => ({
    span,
    children: (children.get(span.id) ?? []).map(node),
  });
  return (children.get(undefined) ?? []).map(node);
}

/** Whether the way up from a span never ends. */
function isRing(id: string, byId: ReadonlyMap<string, ShownSpan>): boolean {
  const seen = new Set<string>();
  for (let at = byId.get(id); at !== undefined; at = byId.get(at.parentId ?? "")) {
    if (seen.has(at.id)) return true;
    seen.add(at.id);
  }
  return false;
}
