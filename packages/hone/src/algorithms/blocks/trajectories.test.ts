import { describe, expect, it } from "vitest";
import type { Turn } from "../../core/rollout.ts";
import { trajectoriesOf } from "./trajectories.ts";

function turn(promptTokens: number[], tokens: number[], more: Partial<Turn> = {}): Turn {
  return {
    messages: [],
    reply: { role: "assistant", content: "" },
    promptTokens,
    tokens,
    logProbs: tokens.map((t) => -t),
    samplingLogProbs: tokens.map((t) => -t / 10),
    temperature: 1,
    isTruncated: false,
    stopReason: "stop",
    weightsVersion: "v1",
    ...more,
  };
}

describe("trajectoriesOf", () => {
  it("merges turns whose prompts extend each other into one row, what was given masked", () => {
    const { rows, splits } = trajectoriesOf({
      id: "r",
      turns: [turn([1, 2], [3, 4]), turn([1, 2, 3, 4, 5, 6], [7])],
    });
    expect(splits).toBe(0);
    expect(rows).toEqual([
      {
        rolloutId: "r",
        tokens: [1, 2, 3, 4, 5, 6, 7],
        mask: [0, 0, 1, 1, 0, 0, 1],
        logProbs: [0, 0, -3, -4, 0, 0, -7],
        samplingLogProbs: [0, 0, -0.3, -0.4, 0, 0, -0.7],
        temperature: 1,
        isTruncated: false,
        weightsVersion: "v1",
      },
    ]);
  });

  it("starts a row of its own, and counts it, where one token of the history changed", () => {
    const { rows, splits } = trajectoriesOf({
      id: "r",
      turns: [turn([1, 2], [3, 4]), turn([1, 2, 3, 9, 5], [7]), turn([1, 2, 3, 9, 5, 7, 8], [6])],
    });
    expect(splits).toBe(1);
    expect(rows.map((row) => row.tokens)).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 9, 5, 7, 8, 6],
    ]);
    expect(rows[1]!.mask).toEqual([0, 0, 0, 0, 0, 1, 0, 1]);
  });

  it("starts a row of its own where another adapter goes on with the tokens, which is no broken history", () => {
    const [lead, workers] = [{ adapter: "lead" }, { adapter: "workers" }];
    const { rows, splits } = trajectoriesOf({
      id: "r",
      turns: [
        turn([1], [2], lead),
        turn([1, 2, 3], [4], lead),
        turn([1, 2, 3, 4], [5], workers),
        turn([1, 2, 3, 4, 5], [6], lead),
        turn([1, 9], [7], lead),
        turn([1, 9, 7], [8]),
      ],
    });
    expect(rows.map((row) => [row.adapter, row.tokens.join("")])).toEqual([
      ["lead", "1234"],
      ["workers", "12345"],
      ["lead", "123456"],
      ["lead", "197"],
      [undefined, "1978"],
    ]);
    expect(rows.map(({ mask }) => mask.join(""))).toEqual([
      "0101",
      "00001",
      "000001",
      "001",
      "0001",
    ]);
    expect(splits).toBe(1);
  });

  it("does not merge a prompt that is shorter than the row", () => {
    expect(trajectoriesOf({ id: "r", turns: [turn([1], [2, 3]), turn([1, 2], [4])] }).splits).toBe(
      1,
    );
  });

  it("keeps temperatures and weights' versions apart", () => {
    const next = [1, 2, 3];
    for (const more of [{ temperature: 0.5 }, { weightsVersion: "v2" }]) {
      const { rows, splits } = trajectoriesOf({
        id: "r",
        turns: [turn([1], [2]), turn(next, [4], more)],
      });
      expect([rows.length, splits]).toEqual([2, 1]);
      expect(rows[1]).toMatchObject(more);
    }
  });

  it("calls a row truncated when any of its turns was", () => {
    const turns = [turn([1], [2]), turn([1, 2, 3], [4], { isTruncated: true })];
    expect(trajectoriesOf({ id: "r", turns }).rows[0]!.isTruncated).toBe(true);
  });

  it("carries the sets of tokens that were left, unless some cut turn does not say them", () => {
    const cut = turn([1], [2, 3], { isTruncated: true, kept: ["AgA", "AgB"] });
    const next = [1, 2, 3, 4];
    const both = [cut, turn(next, [5])];
    const told = trajectoriesOf({ id: "r", turns: both }).rows[0]!;
    expect(told.kept).toEqual(["", "AgA", "AgB", "", ""]);
    const untold = [cut, turn(next, [5], { isTruncated: true })];
    expect(trajectoriesOf({ id: "r", turns: untold }).rows[0]).not.toHaveProperty("kept");
    expect(trajectoriesOf({ id: "r", turns: [turn([1], [2])] }).rows[0]).not.toHaveProperty("kept");
    const short = [turn([1], [2, 3], { isTruncated: true, kept: ["AgA"] })];
    expect(() => trajectoriesOf({ id: "r", turns: short })).toThrow(/2 sets in kept.* 1/);
  });

  it("refuses a turn whose log-probs do not match its tokens", () => {
    const turns = [turn([1], [2, 3], { samplingLogProbs: [0] })];
    expect(() => trajectoriesOf({ id: "r", turns })).toThrow("r, turn 0");
  });
});
