import { expect, it } from "vitest";
import { mostFrequent } from "./most-frequent.ts";

it("the most frequent item is the first of those that are there most often, by their names", () => {
  const words = ["b", "a", "c", "A", "B"];
  expect(mostFrequent(words, (word) => word.toLowerCase())).toBe("b");
  expect(mostFrequent(["a", "b", "b"], String)).toBe("b");
  expect(mostFrequent([], String)).toBeUndefined();
});
