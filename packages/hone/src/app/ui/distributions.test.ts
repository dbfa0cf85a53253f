import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRunFolder } from "../../runs/open-run.ts";
import { runFiles } from "../../runs/run-folder.ts";
import { distributionsOf, spreadOf } from "./distributions.ts";

describe("the spread of values over steps", () => {
  it("counts values in the same bins at all steps, the greatest in the last", () => {
    const { least, greatest, notFinite, columns } = spreadOf([
      { step: 1, values: [0, 0, 1] },
      { step: 2, values: [24, Number.NaN] },
    ]);
    expect([least, greatest, notFinite]).toEqual([0, 24, 1]);
    expect(
      columns.map(({ counts }) =>
        counts.flatMap((count, bin) => (count > 0 ? [[bin, count]] : [])),
      ),
    ).toEqual([
      [
        [0, 2],
        [1, 1],
      ],
      [[23, 1]],
    ]);
    expect(columns[0]).toMatchObject({ from: 1, to: 1, least: 0, median: 0, greatest: 1 });
  });

  it("puts neighbouring steps together where there are many, and loses no value", () => {
    const steps = Array.from({ length: 10_000 }, (_, i) => ({ step: i + 1, values: [i, 0] }));
    const { columns } = spreadOf(steps);
    expect(columns.length).toBeLessThanOrEqual(120);
    expect([columns[0]?.from, columns.at(-1)?.to]).toEqual([1, 10_000]);
    expect(columns.flatMap(({ counts }) => counts).reduce((a, b) => a + b, 0)).toBe(20_000);
  });

  it("is that of a run's histograms, the later of a step that was written twice", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hone-distributions-"));
    const run = await createRunFolder({ name: "math", out: join(folder, "one"), config: {} });
    run.tracker.scalars("grpo", 1, { reward: 1 });
    run.tracker.histogram!("grpo", 1, "reward", [5]);
    run.tracker.histogram!("grpo", 1, "reward", [1, 1]);
    await run.close();
    const [one, ...others] = await distributionsOf(join(folder, "one", runFiles.metrics));
    expect(others).toEqual([]);
    expect(one).toMatchObject({ section: "grpo", name: "reward", least: 1, greatest: 1 });
    expect(one?.columns.map(({ counts }) => counts[0])).toEqual([2]);
    expect(await distributionsOf(join(folder, "none.jsonl"))).toEqual([]);
    await rm(folder, { recursive: true });
  });
});
