import { expect, it } from "vitest";
import type { Trace } from "../../core/trace.ts";
import { memoryStore } from "../memory-store.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { quietSince } from "./quiet-traces.ts";

it("finds running traces whose last span began or ended more than a minute ago", async () => {
  const now = Date.UTC(2026, 0, 31, 12);
  const [first, ...others] = sampleTraces(3, { startedAt: now - 3_600_000 });
  const { endedAt: _, ...open } = first!;
  const last = open.spans.at(-1)!;
  const { endedAt: __, ...unended } = { ...last, startedAt: now - 30_000 };
  const running = (id: string, spans: Trace["spans"]): Trace => ({
    ...open,
    id,
    status: "running",
    spans: spans.map((span) => ({ ...span, traceId: id })),
  });
  const traces = [
    running("killed", open.spans),
    running("busy", [...open.spans.slice(0, -1), unended as typeof last]),
    { ...running("new", []), startedAt: now - 59_000 },
    ...others,
  ];
  const store = memoryStore();
  await store.put(traces);
  const { traces: listed } = await store.query({});
  expect([...(await quietSince(store, listed, now))]).toEqual([["killed", last.endedAt]]);
});
