import { expect, it } from "vitest";
import { PrefixBudget, PrefixStore } from "./prefix-store.ts";
import type { RowEntry } from "./row-caches.ts";

/** 8 bytes a token. */
const entryOf = (length: number): RowEntry => ({
  length,
  keys: [new Float32Array(length)],
  values: [new Float32Array(length)],
});

it("finds the longest entry that the prompt begins with, and no other", () => {
  const store = new PrefixStore(new PrefixBudget(1000));
  const [short, long, other] = [entryOf(2), entryOf(3), entryOf(3)];
  store.add([1, 2], short);
  store.add([1, 2, 3], long);
  store.add([1, 9, 3], other);
  expect(store.find([1, 2, 3, 4])).toBe(long);
  expect(store.find([1, 2, 3])).toBe(long);
  expect(store.find([1, 2, 4, 4])).toBe(short);
  expect(store.find([1])).toBeUndefined();
  expect(store.find([9, 2, 3, 4])).toBeUndefined();
});

it("drops what was used longest ago when the bytes run out", () => {
  const store = new PrefixStore(new PrefixBudget(8 * 6));
  store.add([1, 1], entryOf(2));
  store.add([2, 2], entryOf(2));
  store.add([3, 3], entryOf(2));
  store.find([1, 1]);
  store.add([4, 4], entryOf(2));
  expect([1, 2, 3, 4].map((token) => store.find([token, token]) !== undefined)).toEqual([
    true,
    false,
    true,
    true,
  ]);
  store.add([5, 5, 5, 5, 5, 5, 5], entryOf(7));
  expect(store.find([5, 5, 5, 5, 5, 5, 5])).toBeUndefined();
  expect(store.find([4, 4])).toBeDefined();
});

it("drops turns that a conversation went on from before those that wait for their next turn", () => {
  const store = new PrefixStore(new PrefixBudget(8 * 8));
  store.add([1, 1], entryOf(2));
  store.add([2, 2], entryOf(2));
  store.add([2, 2, 3, 4], entryOf(4));
  store.add([5], entryOf(1));
  expect(store.find([1, 1, 7])).toBeDefined();
  expect(store.find([2, 2, 3, 4, 7])?.length).toBe(4);
  expect(store.find([2, 2, 9])).toBeUndefined();
});

it("shares its budget with the other stores that are open", () => {
  const budget = new PrefixBudget(8 * 4);
  const [first, second] = [new PrefixStore(budget), new PrefixStore(budget)];
  first.add([1, 1, 1], entryOf(3));
  expect(first.find([1, 1, 1])).toBeUndefined();
  first.add([1, 1], entryOf(2));
  expect(first.find([1, 1])).toBeDefined();
  second.close();
  first.add([2, 2], entryOf(2));
  expect([1, 2].map((token) => first.find([token, token])?.length)).toEqual([2, 2]);
});

const bytesOfTokens = (count: number) => new PrefixBudget(8 * count);

it("finds the parts that a prompt begins with, from the first on", () => {
  const store = new PrefixStore(bytesOfTokens(100));
  const parts = [entryOf(2), entryOf(2)];
  store.addParts([1, 2, 3, 4, 5], parts);
  expect(store.findParts([1, 2, 3, 4, 9, 9], 2)).toEqual(parts);
  expect(store.findParts([1, 2, 3, 4, 9, 9], 2)[1]).toBe(parts[1]);
  expect(store.findParts([1, 2, 3, 9], 2)).toEqual([parts[0]]);
  expect(store.findParts([9, 2, 3, 4], 2)).toEqual([]);
  expect(store.find([1, 2, 3, 4, 5])).toBeUndefined();
});

it("drops parts before finished sequences until a second prompt begins with them", () => {
  const store = new PrefixStore(bytesOfTokens(6));
  store.addParts([1, 1, 2, 2], [entryOf(2), entryOf(2)]);
  store.add([8, 8], entryOf(2));
  store.add([9, 9], entryOf(2));
  expect(store.findParts([1, 1, 2, 2], 2)).toHaveLength(1);
  store.add([7, 7], entryOf(2));
  expect(store.findParts([1, 1, 3], 2)).toHaveLength(1);
  expect([8, 9, 7].map((token) => store.find([token, token]) !== undefined)).toEqual([
    false,
    true,
    true,
  ]);
});
