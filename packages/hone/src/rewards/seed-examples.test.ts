/** The examples that the documentation of rewards gives, with the inputs behind them. */
import { describe, expect, it } from "vitest";
import { answerQuality, wordF1 } from "./answer-quality.ts";
import { coordinationReward, restartReward, votingReward } from "./team-rewards.ts";
import { toolReward } from "./tool-reward.ts";

describe("tool rewards", () => {
  it.each([
    ["a web search with good results", { result: [{ title: "Tides", url: "https://x.org" }] }, 1],
    ["a code execution error", { error: new Error("exit code 1") }, -1],
    ["an empty result", { result: [] }, -0.5],
    ["no result", {}, -0.5],
    ["a blank text", { result: " \n" }, -0.5],
    ["an object with nothing in it", { result: { hits: [], next: null } }, -0.5],
    ["a zero, which is an answer", { result: 0 }, 1],
    ["false, which is an answer", { result: { found: false } }, 1],
    ["an MCP result that says it failed", { result: { isError: true, content: "no" } }, -1],
  ])("%s", (_, execution, reward) => {
    expect(toolReward(execution)).toBe(reward);
  });

  it("scales a success by its usefulness, and nothing else", () => {
    expect(toolReward({ result: "x" }, 0.4)).toBe(0.4);
    expect(toolReward({ result: "x" }, 7)).toBe(1);
    expect(toolReward({ result: "" }, 0.4)).toBe(-0.5);
    expect(toolReward({ error: "x" }, 0.4)).toBe(-1);
  });
});

describe("answer quality", () => {
  const wellMade = `# Tides

Tides rise because the Moon pulls the water.

For example, in Fundy they reach 16 m.

- Spring tides
- Neap tides`;

  it("+0.8 for a well-structured answer with examples", () => {
    // The answer has 21 words, the reference 9, of which 5 are shared: F1 = 2·5 / 30 = 1/3, of 0.3.
    const reference = "tides, moon, water, fundy, spring and three more seas";
    expect(wordF1(wellMade, reference)).toBeCloseTo(1 / 3, 12);
    const quality = answerQuality(wellMade, reference);
    expect(quality).toMatchObject({ structure: 0.3, depth: 0.4 });
    expect(quality.total).toBeCloseTo(0.8, 12);
  });

  it("+0.2 for a short, unstructured answer", () => {
    // F1 = 2·1 / (1 + 2) = 2/3, of 0.3.
    expect(answerQuality("Moon", "the moon")).toEqual({
      structure: 0,
      depth: 0,
      similarity: 0.3 * (2 / 3),
      total: 0.2,
      share: 0.2,
    });
  });

  it("0.0 for an empty answer", () => {
    expect(answerQuality("").total).toBe(0);
    expect(answerQuality("", "the moon").total).toBe(0);
  });

  it("reaches 1 with a reference and 0.7 without, of which the share is taken", () => {
    expect(answerQuality(wellMade, wellMade).total).toBe(1);
    expect(answerQuality(wellMade)).toEqual({ structure: 0.3, depth: 0.4, total: 0.7, share: 1 });
  });

  it.each([
    ["a heading", "## Why\nok", 0.1, 0],
    ["two paragraphs", "one two three\n\nfour five six", 0.1, 0],
    ["a list", "1. ebb\n2. flow", 0.1, 0],
    ["one item, which is no list", "- ebb", 0, 0],
    ["an example", "such as ebb", 0, 0.15],
    ["a reason", "thus ebb", 0, 0.15],
    ["a figure", "16 m", 0, 0.1],
  ])("counts %s once", (_, text, structure, depth) => {
    expect(answerQuality(text)).toMatchObject({ structure, depth });
  });
});

describe("coordination", () => {
  it("+2.5 for two rounds, high quality and consensus", () => {
    const reward = coordinationReward({
      rounds: 2,
      quality: 0.8,
      isConsensus: true,
      tokens: 12_000,
    });
    expect(reward.total).toBe(2.5);
    expect(reward.components).toEqual({ efficiency: -0.1, quality: 1.6, consensus: 1, tokens: -0 });
  });

  it("−1.0 for five rounds, low quality, no consensus, and twice the tokens allowed", () => {
    const reward = coordinationReward({
      rounds: 5,
      quality: 0.2,
      isConsensus: false,
      tokens: 100_000,
    });
    expect(reward.total).toBe(-1);
    expect(reward.components).toEqual({
      efficiency: -0.4,
      quality: 0.4,
      consensus: -0.5,
      tokens: -0.5,
    });
  });

  it("stays between −2 and 3", () => {
    expect(coordinationReward({ rounds: 1, quality: 1, isConsensus: true }).total).toBe(3);
    const worst = { rounds: 99, quality: 0, isConsensus: false, tokens: 1e9 };
    expect(coordinationReward(worst).total).toBe(-2);
  });
});

it("pays +1 for a vote that chose the winner, −0.5 for another", () => {
  expect(votingReward("ada", "ada")).toBe(1);
  expect(votingReward("ben", "ada")).toBe(-0.5);
});

it("pays a restart what the answer gained, less a tenth", () => {
  expect(restartReward(0.9, 0.5)).toBe(0.3);
  expect(restartReward(0.5, 0.5)).toBe(-0.1);
  expect(restartReward(0, 1)).toBe(-1.1);
});
