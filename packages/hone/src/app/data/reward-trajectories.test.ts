/** `hone reward`: rewards of trajectories, their statistics, and sets made of what is good enough. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import type { TrajectoryStep, UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { writeRow } from "../../formats/format.ts";

const root = mkdtempSync(join(tmpdir(), "hone-reward-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const hone = (...words: readonly string[]) => commandLine(words, { folder: root });

/** One that looks up and answers, thinking in between, and one that ends without an answer. */
function trajectory(id: string, isSuccess: boolean): UnifiedTrajectory {
  const search: TrajectoryStep = {
    ...{ index: 0, turn: 0, kind: "call", tool: "search", callId: "a", arguments: { q: id } },
    ...{ thought: "I look it up in the register first.", observation: "142" },
  };
  const answer: TrajectoryStep = {
    index: 1,
    turn: 1,
    kind: "answer",
    tool: "finalize",
    text: "142",
  };
  return {
    ...{ id, domain: isSuccess ? "qa" : "math", task: { id, question: `How old is ${id}?` } },
    ...{ tools: [], steps: isSuccess ? [search, answer] : [search] },
    ...(isSuccess && { answer: "142" }),
    outcome: { status: isSuccess ? "completed" : "failed", isSuccess },
    provenance: { source: "test" },
  };
}

beforeAll(() => {
  const rows = ["a", "b", "c", "d"].map((id, i) => writeRow(trajectory(id, i < 3)));
  writeFileSync(join(root, "some.jsonl"), rows.join(""));
});

const analysis = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(root, name), "utf8")) as Record<string, unknown>;

describe("hone reward", () => {
  it("weighs parts as it is told", async () => {
    const words = ["--out", "weighed.json", "--part-weights", "quality=0.6,reasoning=0"];
    const { code, stderr } = await hone("reward", "some.jsonl", ...words);
    expect(code, stderr).toBe(0);
    // 0.4 + 0.2 + 0.6 + 0 of the first; of the last efficiency is what is left.
    expect(analysis("weighed.json")).toMatchObject({
      trajectories: [{ total: expect.closeTo(1.2, 10) as number }, {}, {}, { total: 0.2 }],
    });
    const odd = await hone("reward", "some.jsonl", "--out", "x.json", "--part-weights", "grace=1");
    expect(odd.stderr).toMatch(/of completion, efficiency, quality, reasoning/);
  });

  it("shows a histogram whose bounds differ, however close the rewards are", async () => {
    const rows = [1, 2, 3].map((id) => ({
      ...trajectory(`${id}`, true),
      rewards: { quality: id / 1000 },
    }));
    writeFileSync(join(root, "close.jsonl"), rows.map((row) => writeRow(row)).join(""));
    const { stdout } = await hone("reward", "close.jsonl", "--out", "close.json", "--stats");
    const bounds = [...stdout.matchAll(/^(0\.\d+)–/gm)].map(([, bound]) => bound);
    expect(bounds).toHaveLength(10);
    expect(new Set(bounds).size).toBe(10);
    expect(bounds[0]).toBe("0.65030");
  });

  it("says how a rule of quality begins, where its file has none", async () => {
    writeFileSync(join(root, "none.ts"), "export const quality = 1;\n");
    const { stderr } = await hone(
      "reward",
      "some.jsonl",
      "--out",
      "x.json",
      "--quality",
      "none.ts",
    );
    expect(stderr).toContain("export default (trajectory) => 0.8");
  });

  it("gives four parts, their spread by domain, and trajectories with their rewards", async () => {
    const words = ["--out", "analysis.json", "--stats", "--rewarded", "rewarded.jsonl"];
    const { code, stdout, stderr } = await hone("reward", "some.jsonl", ...words);
    expect(code, stderr).toBe(0);
    // Completed, 3 steps of at most 4, done, one of two calls with a thought: 0.4 + 0.2 + 0.3 + 0.05.
    expect(analysis("analysis.json")).toMatchObject({
      trajectories: [
        {
          ...{ id: "a", domain: "qa", task: "a", total: expect.closeTo(0.95, 10) as number },
          parts: { completion: 1, efficiency: 1, quality: 1, reasoning: 0.5 },
        },
        ...[{ id: "b" }, { id: "c" }],
        { id: "d", domain: "math", parts: { completion: 0, quality: 0 } },
      ],
      statistics: {
        all: { total: { count: 4 }, quality: { mean: 0.75 } },
        qa: { quality: { mean: 1, deviation: 0 } },
        math: { total: { count: 1 } },
      },
    });
    expect(stdout).toMatch(/^4 trajectories, mean reward 0\.\d{3}, in analysis\.json\n/);
    expect(stdout).toMatch(/qa +total +3 +0\.950 +0\.000/);
    expect(stdout).toMatch(/0\.95 {2}█+ 3/);
    const set = ["rewarded.jsonl", "--min-reward", "0.5", "--out", "sft", "--test", "0", "--json"];
    const made = await hone("dataset", "sft", ...set, "--validation", "0");
    expect(JSON.parse(made.stdout)).toMatchObject({
      sets: [
        { name: "search", rows: { train: 3 } },
        { name: "finalize", rows: { train: 3 } },
      ],
      leftOut: { "a reward below 0.5": 1 },
    });
  });

  it("makes the folders of its files, and leaves none where nothing is rewarded", async () => {
    const words = ["--out", "newf/b/a.json", "--rewarded", "newg/x.jsonl"];
    writeFileSync(join(root, "none.jsonl"), "");
    const { code, stderr } = await hone("reward", "none.jsonl", ...words);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^DATA_EMPTY/)]);
    expect(readdirSync(root)).toEqual(expect.not.arrayContaining(["newf", "newg"]));
    const made = await hone("reward", "some.jsonl", ...words);
    expect(made.code, made.stderr).toBe(0);
    expect([readdirSync(join(root, "newf/b")), readdirSync(join(root, "newg"))]).toEqual([
      ["a.json"],
      ["x.jsonl"],
    ]);
  });

  it("says how many rewards its own take the place of", async () => {
    const again = await hone("reward", "rewarded.jsonl", "--out", "again.json");
    expect(again.stdout).toContain("  4 had a reward already; these are other numbers");
    const first = await hone("reward", "some.jsonl", "--out", "again.json");
    expect(first.stdout).not.toContain("had a reward already");
  });

  it("takes a quality of the user's own, and says what is wrong with one", async () => {
    const own = "export default ({ task }) => (task.id === 'a' ? 0.25 : undefined);";
    writeFileSync(join(root, "quality.mjs"), own);
    const words = ["--out", "own.json", "--quality", "quality.mjs"];
    expect((await hone("reward", "some.jsonl", ...words)).code).toBe(0);
    const { trajectories } = analysis("own.json") as {
      readonly trajectories: readonly { readonly parts: Readonly<Record<string, number>> }[];
    };
    // A part that does not apply is left out.
    expect(trajectories.map(({ parts }) => parts["quality"])).toEqual([
      0.25,
      ...[1, 2, 3].map(() => undefined),
    ]);
    writeFileSync(join(root, "no.mjs"), "export default 3;");
    const wrong = await hone("reward", "some.jsonl", "--out", "no.json", "--quality", "no.mjs");
    expect(wrong.stderr).toMatch(/USER_FILE_INVALID: no\.mjs gives no quality/);
    writeFileSync(join(root, "big.mjs"), "export default () => 7;");
    const big = await hone("reward", "some.jsonl", "--out", "no.json", "--quality", "big.mjs");
    expect(big.code).not.toBe(0);
    expect(big.stderr).toMatch(/quality/);
  });
});
