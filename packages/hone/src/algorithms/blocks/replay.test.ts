import { describe, expect, it } from "vitest";
import { freshGroups } from "./replay.ts";

const group = (step?: number) => (step === undefined ? {} : { origin: { step } });

describe("replay of stored rollouts", () => {
  it("keeps groups of at most so many steps ago, in their order, and counts the others", () => {
    const groups = [group(3), group(8), group(10), group(5), group(11), group()];
    const { fresh, staleCount } = freshGroups(groups, { step: 10, maxStaleness: 5 });
    expect(fresh).toEqual([group(8), group(10), group(5)]);
    expect(staleCount).toBe(3);
    expect(freshGroups(groups, { step: 10, maxStaleness: 0 }).fresh).toEqual([group(10)]);
  });

  it("refuses limits that cannot be", () => {
    expect(() => freshGroups([], { step: 0, maxStaleness: 1 })).toThrow("step");
    expect(() => freshGroups([], { step: 1, maxStaleness: -1 })).toThrow("maxStaleness");
    expect(() => freshGroups([], { step: 1, maxstaleness: 1 } as never)).toThrow("maxStaleness");
  });
});
