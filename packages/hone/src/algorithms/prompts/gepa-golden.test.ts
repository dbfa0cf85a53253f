/** The choice of parents and the merge against the authors' code; made by test/golden/gepa_selection.py. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Prompts } from "../../core/prompts.ts";
import { Random } from "../../core/random.ts";
import type { PromptCandidate } from "../../ports/prompt-method.ts";
import { mergedPrompts, mergePairs, mergeTasks } from "./merge.ts";
import { paretoFrequencies } from "./pareto.ts";

interface Golden {
  readonly pareto: readonly {
    readonly scores: readonly (readonly number[])[];
    readonly frequencies: Readonly<Record<string, number>>;
  }[];
  readonly merges: readonly {
    readonly ancestor: Prompts;
    readonly first: Prompts;
    readonly second: Prompts;
    readonly scores: readonly number[];
    readonly merged: Prompts | null;
  }[];
}

const path = new URL("../../../../../test/golden/gepa.json", import.meta.url);
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;

const scoredBy = (rows: readonly (readonly number[])[]) =>
  rows.map((row, id) => ({
    id,
    score: row.reduce((a, b) => a + b, 0) / row.length,
    scores: Object.fromEntries(row.map((score, task) => [`t${task}`, score])),
  }));

describe("the Pareto set", () => {
  it.each(golden.pareto)(
    "gives parents as often as the authors' code: %#",
    ({ scores, frequencies }) => {
      const ours = [...paretoFrequencies(scoredBy(scores))].map(([id, count]) => [
        String(id),
        count,
      ]);
      expect(Object.fromEntries(ours)).toEqual(frequencies);
    },
  );

  it("leaves out a candidate whose tasks others do as well, and of equal ones the earlier", () => {
    const rows = [
      [1, 0, 0],
      [1, 1, 0],
      [0, 0, 1],
    ];
    expect([...paretoFrequencies(scoredBy(rows))]).toEqual([
      [1, 2],
      [2, 1],
    ]);
    expect([...paretoFrequencies(scoredBy([[1], [1]]))]).toEqual([[1, 1]]);
  });
});

const candidate = (id: number, prompts: Prompts, score: number): PromptCandidate => ({
  ...{ id, prompts, score, parents: id === 0 ? [] : [0], step: id, scores: {} },
});

describe("the merge", () => {
  it.each(golden.merges)("is that of the authors' code: %#", ({ merged, scores, ...texts }) => {
    const all = [texts.ancestor, texts.first, texts.second].map((prompts, id) =>
      candidate(id, prompts, scores[id]!),
    );
    const pairs = mergePairs(all.slice(1), all);
    const ours = pairs.map((pair) => mergedPrompts(pair, new Random("merge")));
    expect(ours).toEqual(merged === null ? [] : [merged]);
  });

  it("is not made of a candidate and what came from it", () => {
    const all = [
      candidate(0, { a: "a", b: "b" }, 0),
      candidate(1, { a: "a1", b: "b" }, 1),
      { ...candidate(2, { a: "a1", b: "b2" }, 1), parents: [1] },
    ];
    expect(mergePairs(all.slice(1), all)).toEqual([]);
  });

  it("is tried on tasks at which either is better, and on others", () => {
    const [first, second] = [candidate(1, {}, 0), candidate(2, {}, 0)];
    const ids = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
    const scores = (better: readonly string[]) =>
      Object.fromEntries(ids.map((id) => [id, better.includes(id) ? 1 : 0]));
    const pair = {
      first: { ...first, scores: scores(["1", "2", "3"]) },
      second: { ...second, scores: scores(["4", "5", "6"]) },
      ancestor: candidate(0, {}, 0),
    };
    const tried = mergeTasks(pair, new Random(1));
    const count = (some: readonly string[]) => tried.filter((id) => some.includes(id)).length;
    expect(
      [
        ["1", "2", "3"],
        ["4", "5", "6"],
        ["7", "8", "9"],
      ].map(count),
    ).toEqual([2, 2, 1]);
    expect(new Set(tried).size).toBe(5);
    const few = {
      ...pair,
      first: { ...first, scores: { "1": 1 } },
      second: { ...second, scores: { "1": 1 } },
    };
    expect(mergeTasks(few, new Random(1))).toEqual(["1"]);
  });
});
