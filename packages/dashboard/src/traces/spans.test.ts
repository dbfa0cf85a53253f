import { describe, expect, it } from "vitest";
import {
  latencyOf,
  type Span,
  type SpanNode,
  spanTree,
  timeLineOf,
  timesOf,
  type TraceTimes,
} from "./spans.ts";

const span = (id: string, parentId?: string, times: readonly [number, number?] = [0]): Span => ({
  span_type: "content",
  hone: {
    ...{ version: 1, id, sequence: 0, content: "", startedAt: times[0] },
    ...(parentId !== undefined && { parentId }),
    ...(times[1] !== undefined && { endedAt: times[1] }),
  },
});

/** A tree as text: a(b c(d)). */
const shown = (nodes: readonly SpanNode[]): string =>
  nodes
    .map(({ span: { hone }, children }) =>
      children.length === 0 ? hone.id : `${hone.id}(${shown(children)})`,
    )
    .join(" ");

describe("the tree of spans", () => {
  it("is in their order, whoever comes first", () => {
    const spans = [span("b", "a"), span("a"), span("d", "c"), span("c", "a"), span("e")];
    expect(shown(spanTree(spans))).toBe("a(b c(d)) e");
  });

  it("shows every span once where parents are missing, are the spans themselves or go in a circle", () => {
    expect(shown(spanTree([span("a", "gone"), span("b", "b")]))).toBe("a b");
    expect(shown(spanTree([span("a", "c"), span("b", "a"), span("c", "b"), span("d", "b")]))).toBe(
      "a(b(c d))",
    );
  });

  it("of a chain of ten thousand takes a moment", () => {
    const chain = Array.from({ length: 10_000 }, (_, i) =>
      span(`${i}`, i === 0 ? undefined : `${i - 1}`),
    );
    let [node] = spanTree(chain);
    let depth = 0;
    for (; node !== undefined; depth++) [node] = node.children;
    expect(depth).toBe(10_000);
  });
});

describe("the time line", () => {
  it("goes from a trace's start to its end, and to spans that lie outside", () => {
    const spans = [span("a", undefined, [5, 9]), span("b", undefined, [2])];
    expect(timeLineOf({ startedAt: 1, endedAt: 12 }, spans)).toEqual({ start: 1, length: 11 });
    expect(timeLineOf({ startedAt: 4, endedAt: 6 }, spans)).toEqual({ start: 2, length: 7 });
    expect(timeLineOf({ startedAt: 1 }, spans)).toEqual({ start: 1, length: 8 });
  });

  it("of a trace without spans or end has no length", () => {
    expect(timeLineOf({ startedAt: 7 }, [])).toEqual({ start: 0, length: 0 });
    expect(timeLineOf({}, [])).toEqual({ start: 0, length: 0 });
  });
});

it("latency is what the list of traces says: from start to end, and none while a trace runs", () => {
  const trace = (hone: object): TraceTimes => timesOf({ hone: { ...hone } });
  expect(latencyOf(trace({ startedAt: 1000, endedAt: 1041 }))).toBe(41);
  expect(latencyOf(trace({ startedAt: 1000 }))).toBeUndefined();
});
