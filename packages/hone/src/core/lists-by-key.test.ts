import { expect, it } from "vitest";
import { addToList } from "./lists-by-key.ts";

it("items of a key are one list in their order, which is never copied", () => {
  const lists = new Map<string, number[]>();
  addToList(lists, "odd", 1);
  const odd = lists.get("odd");
  for (const [key, item] of [
    ["even", 2],
    ["odd", 3],
    ["odd", 5],
  ] as const)
    addToList(lists, key, item);
  expect([...lists]).toEqual([
    ["odd", [1, 3, 5]],
    ["even", [2]],
  ]);
  expect(lists.get("odd")).toBe(odd);
});
