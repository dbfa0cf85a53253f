import { describe, expect, it } from "vitest";
import { SolutionCache } from "./solution-cache.ts";
import type { Solved } from "./solver.ts";

const solved = (id: string): Solved => ({
  ...{ id, solution: id, isSuccess: true, reward: 1, actions: [], structureScore: 1 },
  tokens: { prompt: 0, sampled: 0 },
});
const never = new AbortController().signal;

/** A cache of two whose work is counted. */
function counted(maxEntries = 2) {
  const worked: string[] = [];
  const cache = new SolutionCache(maxEntries);
  const ask = async (problem: string): Promise<boolean> => {
    const work = async (): Promise<Solved> => {
      worked.push(problem);
      return solved(problem);
    };
    return (await cache.solution(problem, never, work)).isCached;
  };
  return { worked, cache, ask };
}

describe("the cache of solutions", () => {
  it("keeps those that were used last, and no more than it may", async () => {
    const { worked, cache, ask } = counted();
    for (const problem of ["a", "b", "a", "c", "a", "b"]) await ask(problem);
    // "c" took the place of "b", which was used before "a" was.
    expect(worked).toEqual(["a", "b", "c", "b"]);
    expect(cache.size).toBe(2);
  });

  it("keeps nothing, and shares no work, with room for none", async () => {
    const { worked, cache, ask } = counted(0);
    expect(await Promise.all([ask("a"), ask("a")])).toEqual([false, false]);
    expect([worked.length, cache.size]).toEqual([2, 0]);
  });

  it("keeps no failure, and gives it to all who waited for it", async () => {
    const cache = new SolutionCache(2);
    const fail = async (): Promise<Solved> => {
      throw new Error("once");
    };
    const ends = await Promise.allSettled([
      cache.solution("a", never, fail),
      cache.solution("a", never, fail),
    ]);
    expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await cache.solution("a", never, async () => solved("a"))).toMatchObject({
      isCached: false,
    });
  });
});
