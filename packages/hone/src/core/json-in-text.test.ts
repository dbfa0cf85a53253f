import { expect, it } from "vitest";
import { leastTime } from "../../../../test/doubles/least-time.ts";
import { jsonObjectsIn } from "./json-in-text.ts";

it.each([
  ["bare", '{"a": 1}', [{ a: 1 }]],
  ["fenced", '```json\n{"a": [1, 2]}\n```', [{ a: [1, 2] }]],
  ["between sentences, with brackets in strings", 'So: {"a": "}{"} and [2]!', [{ a: "}{" }, [2]]],
  ["inside braces that are no JSON", 'f(x) { return {"a": 1} }', [{ a: 1 }]],
  ["with an escaped quote", '{"a": "\\"}"}', [{ a: '"}' }]],
  ["cut off", '{"a": 1', []],
  ["none", "no scores today", []],
])("finds JSON in a text: %s", (_, text, values) => {
  expect(jsonObjectsIn(text)).toEqual(values);
});

it("does not search a text of brackets for ever", async () => {
  const time = await leastTime(3000, () => {
    expect(jsonObjectsIn("[".repeat(300_000))).toEqual([]);
  });
  expect(time).toBeLessThan(3000);
});
