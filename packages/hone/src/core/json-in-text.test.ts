import { expect, it } from "vitest";
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

it("does not search a text of brackets for ever", () => {
  const started = performance.now();
  expect(jsonObjectsIn("[".repeat(300_000))).toEqual([]);
  expect(performance.now() - started).toBeLessThan(3000);
});
