import { expect, it } from "vitest";
import { memoryStore } from "../memory-store.ts";
import { sampleTrace } from "../../testing/sample-traces.ts";
import { deleteTraces } from "./delete-traces.ts";

it("says how far it is after each 500, up to all of them", async () => {
  const store = memoryStore();
  const { spans: _, ...head } = sampleTrace(0);
  const traces = Array.from({ length: 1200 }, (__, i) => ({ ...head, id: `t${i}`, spans: [] }));
  await store.put(traces);
  const said: unknown[] = [];
  const ids = traces.map(({ id }) => id);
  const onProgress = (progress: unknown): void => void said.push(progress);
  expect(await deleteTraces(store, ids, { onProgress })).toBe(1200);
  expect(said).toEqual([
    { what: "deleted 500 traces", share: 500 / 1200 },
    { what: "deleted 1000 traces", share: 1000 / 1200 },
    { what: "deleted 1200 traces", share: 1 },
  ]);
});
