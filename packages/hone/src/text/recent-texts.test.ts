import { expect, it, vi } from "vitest";
import { RecentTexts } from "./recent-texts.ts";

const codes = (text: string) => vi.fn(() => Array.from(text, (c) => c.charCodeAt(0)));

it("tokenises a text once, and gives everyone an array of their own", () => {
  const recent = new RecentTexts(10);
  const tokenize = codes("ab");
  const first = recent.idsOf("ab", tokenize);
  first.push(0);
  expect(recent.idsOf("ab", tokenize)).toEqual([97, 98]);
  expect(tokenize).toHaveBeenCalledOnce();
});

it("keeps the texts used last, as many characters as it may", () => {
  const recent = new RecentTexts(5);
  for (const text of ["aa", "bb", "aa", "cc", "dddddd"]) recent.idsOf(text, codes(text));
  const [aa, bb, cc, long] = [codes("aa"), codes("bb"), codes("cc"), codes("dddddd")];
  recent.idsOf("aa", aa);
  recent.idsOf("cc", cc);
  recent.idsOf("dddddd", long);
  recent.idsOf("bb", bb);
  expect([aa, cc, long, bb].map((tokenize) => tokenize.mock.calls.length)).toEqual([0, 0, 1, 1]);
});

it("keeps nothing of a text that cannot be tokenised", () => {
  const recent = new RecentTexts(5);
  const fail = () =>
    recent.idsOf("x", () => {
      throw new Error("no");
    });
  expect(fail).toThrow("no");
  expect(recent.idsOf("x", () => [1])).toEqual([1]);
});
