import { expect, it } from "vitest";
import { sampleTrace } from "../testing/sample-traces.ts";
import { traceStoreContract } from "../testing/trace-store-contract.ts";
import { memoryStore } from "./memory-store.ts";

traceStoreContract("memory", { open: async () => memoryStore() });

it("cuts a text of 50 MB, too", async () => {
  const store = memoryStore();
  const { spans, ...head } = sampleTrace(0);
  const content = "word ".repeat(10 * 1024 * 1024);
  const { id, traceId, sequence, startedAt } = spans[0]!;
  const long = {
    id,
    traceId,
    sequence,
    startedAt,
    attributes: {},
    kind: "content",
    content,
  } as const;
  await store.append({ heads: [head], spans: [long] });
  const [span] = (await store.get(head.id))!.spans;
  expect(span).toMatchObject({ content: expect.stringMatching(/it had 52428800 char/) as string });
});
