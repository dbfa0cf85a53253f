import { describe, expect, it } from "vitest";
import type { Span } from "../../core/span.ts";
import type { Trace } from "../../core/trace.ts";
import { memoryStore } from "../memory-store.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { searchTraces } from "./search-traces.ts";

const content = (id: string, sequence: number, text: string): Span => ({
  ...{ id, traceId: "t", sequence, startedAt: 0, endedAt: 1, attributes: {} },
  kind: "content",
  content: text,
});

async function found(text: string, spans: readonly Span[], task = "nothing"): Promise<string> {
  const store = memoryStore();
  const trace: Trace = { ...sampleTraces(1)[0]!, id: "t", task, spans };
  await store.put([trace]);
  const { found: all } = await searchTraces(store, { text });
  const [one] = all;
  if (one?.match === undefined) return "–";
  const { place, spanId = "", pieces } = one.match;
  const shown = pieces.map((piece) => (piece.isMatch ? `«${piece.text}»` : piece.text)).join("");
  return `${place} ${spanId}: ${shown}`;
}

describe("the place of the words", () => {
  it("is the text that holds most of them, with the words marked whatever their case", async () => {
    const spans = [content("a", 0, "the tide"), content("b", 1, "Tide energy, of the TIDE")];
    expect(await found("tide energy", spans)).toBe("content b: «Tide» «energy», of the «TIDE»");
  });

  it("may be the task, which comes first", async () => {
    expect(await found("tide", [content("a", 0, "tide")], "A tide")).toBe("task : A «tide»");
  });

  it("is a line of a long text, from a word's start", async () => {
    const text = `${"before ".repeat(40)}needle ${"after ".repeat(60)}`;
    const line = await found("needle", [content("a", 0, text)]);
    expect(line).toMatch(/^content a: …before (before )*«needle» (after )+aft?e?r?…$/);
    expect(line.length).toBeLessThan(190);
  });

  it("is found where words have no spaces, and in other forms of the same letters", async () => {
    expect(await found("海", [content("a", 0, "日本海です")])).toBe("content a: 日本«海»です");
    expect(await found("file", [content("a", 0, "one ﬁle")])).toBe("content a: one «ﬁle»");
  });

  it("is nowhere when a word is missing", async () => {
    expect(await found("tide moon", [content("a", 0, "tide")])).toBe("–");
  });
});
