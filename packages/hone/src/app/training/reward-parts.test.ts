/** A run whose reward has named parts and whose agent keeps metrics, on tasks of two levels: where both are found afterwards. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import { readRunData, type RunData } from "../../runs/report-data.ts";
import { evaluationDetails } from "./run-figures.ts";
import type { TrainResult } from "./pipeline-events.ts";
import { train } from "./train.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-parts-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const tasksOf = (split: string) =>
  [1, 1, 2, 2].map((level, i) => ({ id: `${split} ${i}`, level, text: `${split} number ${i}` }));

let result: TrainResult;
let data: RunData;
beforeAll(async () => {
  let scored = 0;
  result = await train({
    model,
    agent: async ({ text, level }, { model: policy, addMetrics }) => {
      addMetrics?.({ looks: level });
      addMetrics?.({ looks: 1 });
      return (await policy.chat([{ role: "user", content: text }])).content;
    },
    tasks: { train: tasksOf("learned"), test: tasksOf("held out") },
    reward: ({ task }) => ({
      total: scored++ % 3,
      components: { effort: task.level * 10, success: task.level - 1, price_low: 4 },
      source: "rule",
    }),
    algorithm: grpo({ steps: 1, groupSize: 2, groupsPerStep: 4, learningRate: 1e-3 }),
    sampling: { maxTokens: 2 },
    threads: 1,
    keepRollouts: "none",
    out: join(root, "run"),
    quiet: true,
  });
  data = await readRunData(result.folder);
});

describe("components of a reward and metrics of an agent, by name and by level", () => {
  it("are numbers of each step and of each evaluation", () => {
    const valuesOf = (section: string) =>
      data.metrics.find((row) => row.section === section && row.values !== undefined)!.values!;
    expect(valuesOf("grpo")).toMatchObject({
      "reward/effort": 15,
      "level_1/reward/effort": 10,
      "level_2/reward/effort": 20,
      "level_1/success": 0,
      "level_2/success": 1,
      looks: 2.5,
      "level_1/looks": 2,
    });
    expect(valuesOf("grpo")).toHaveProperty("level_1/reward");
    expect(valuesOf("evaluation")).toMatchObject({
      "reward/effort": 15,
      "reward/effort_low": 10,
      "reward/effort_high": 20,
      looks: 2.5,
      looks_low: 2,
      "level_2/looks": 3,
      "level_2/reward/effort": 20,
      "level_2/success": 1,
    });
    expect(valuesOf("grpo")).not.toHaveProperty("reward/success");
  });

  it("reach TensorBoard", () => {
    const events = readFileSync(
      join(result.folder, "tensorboard/events.out.tfevents.0.hone"),
      "latin1",
    );
    expect(events).toContain("grpo/level_2/reward/effort");
    expect(events).toContain("evaluation/reward/effort");
    expect(events).toContain("grpo/level_2/looks");
    expect(events).toContain("evaluation/looks");
  });

  it("are in the result, of both splits", () => {
    const same = { value: 20, low: 20, high: 20 };
    expect(result.after.levels["2"]).toMatchObject({ taskCount: 2, components: { effort: same } });
    expect(data.result!.after.components).toHaveProperty("effort.value", 15);
    expect(data.result!.after.metrics).toHaveProperty("looks.value", 2.5);
    expect(result.after.metrics["looks"]).toEqual({ value: 2.5, low: 2, high: 3 });
    expect(data.result!.after.levels!["2"]).toMatchObject({
      tasks: 2,
      success: { value: 1 },
      components: { effort: same },
    });
    const { trained, total } = data.result!.parameters!;
    expect(result.parameters).toEqual({ trained, total });
    // The adapter of rank 8 on q_proj and v_proj of the tiny qwen2.
    expect(trained).toBeLessThan(total);
    expect(data.result!.training).toEqual([
      { phase: "grpo", step: 1, values: expect.objectContaining({ "reward/effort": 15 }) },
    ]);
  });

  it("are in the report, also one whose name ends like the end of an interval", () => {
    const report = readFileSync(result.report, "utf8");
    expect(report).toContain("| effort | 15.00 [10.00, 20.00] | 15.00 [10.00, 20.00] |");
    expect(report).toContain("| 2 | 2 | effort | 20.00 [20.00, 20.00] | 20.00 [20.00, 20.00] |");
    expect(report).toContain("| grpo | level_2/reward/effort | 1 | 20 | 20 |");
    expect(report).toContain("| grpo | reward/price_low | 1 | 4 | 4 |");
    expect(report).toContain("| looks | 2.50 [2.00, 3.00] | 2.50 [2.00, 3.00] |");
    expect(report).toContain("| 1 | 2 | looks | 2.00 [2.00, 2.00] | 2.00 [2.00, 2.00] |");
    expect(evaluationDetails(result.after)).toContain(
      "  mean of a rollout: looks 2.50 [2.00, 3.00]",
    );
  });
});
