import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ToolSpan } from "./span.ts";
import type { Trace } from "./trace.ts";
import { hasWords, mayHaveWords } from "./trace-words.ts";

function traceOf(task: string, result: ToolSpan["result"]): Trace {
  const span = { id: "s", traceId: "t", sequence: 0, startedAt: 0, attributes: {} };
  const tool: ToolSpan = {
    ...span,
    kind: "tool",
    toolName: "look_up",
    arguments: null,
    result: result ?? null,
  };
  const head = {
    id: "t",
    agent: "a",
    attempt: 1,
    startedAt: 0,
    tags: [],
    metadata: {},
    rewards: [],
  };
  return { ...head, task, status: "completed", spans: [tool] };
}

describe("passing over a trace by its JSON text", () => {
  it("is certain of plain words that are not there", () => {
    const json = JSON.stringify(traceOf("High tide", { harbour: "north" }));
    expect(mayHaveWords(json, ["tide", "north"])).toBe(true);
    expect(mayHaveWords(json, ["tide", "south"])).toBe(false);
  });

  it.each([
    ["ﬁnal", "final"],
    ["Ｔｉｄｅ", "tide"],
    ["300 K of tide\u212a", "tidek"],
  ])("is not certain where %s is found as %s", (task, word) => {
    const trace = traceOf(task, null);
    expect(hasWords(trace, [word])).toBe(true);
    expect(mayHaveWords(JSON.stringify(trace), [word])).toBe(true);
  });

  it("is not certain of escapes and of the forms of numbers", () => {
    const json = JSON.stringify(traceOf("t", null));
    expect(mayHaveWords(json.replace('"t"', String.raw`"\u0074ide"`), ["tide"])).toBe(true);
    expect(mayHaveWords(json.replace('"result":null', '"result":1E3'), ["1000"])).toBe(true);
  });

  it("never passes over a trace that has the words", () => {
    const texts = fc.tuple(fc.string({ unit: "binary" }), fc.jsonValue());
    fc.assert(
      fc.property(texts, fc.string(), ([task, result], extra) => {
        const trace = traceOf(task, result as ToolSpan["result"]);
        const json = JSON.stringify(trace);
        for (const word of [...task.toLowerCase().split(/\W+/), extra.toLowerCase()]) {
          if (hasWords(trace, [word])) expect(mayHaveWords(json, [word]), word).toBe(true);
        }
      }),
    );
  });
});
