/** Filters of sampling are left out of rollouts that are learned from, where they would bias every update; formats are not. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { filterWarning, learnedSampling } from "./sampling-filters.ts";
import { train } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";

const root = mkdtempSync(join(tmpdir(), "hone-filters-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const tasks = Array.from({ length: 10 }, (_, i) => ({ id: `t${i}` }));

type Task = (typeof tasks)[number];

async function events(name: string, options: Partial<TrainOptions<Task, string>>) {
  const all: PipelineEvent[] = [];
  await train<Task, string>({
    model: "tiny",
    texts: tasks.map(({ id }) => id),
    agent: async ({ id }, { model }) =>
      (await model.chat([{ role: "user", content: id }], { maxTokens: 8 })).content,
    tasks: { train: tasks.slice(0, 4), test: tasks.slice(4) },
    reward: ({ answer }) => answer.length % 3,
    algorithm: grpo({ steps: 1, learningRate: 1e-4, groupSize: 4 }),
    out: join(root, name),
    keepRollouts: "none",
    onEvent: (event) => all.push(event),
    ...options,
  });
  const metrics = all.flatMap((event) => (event.kind === "step" ? [event.step.metrics] : []));
  const codes = all.flatMap((event) => {
    if (event.kind === "step") return Object.keys(event.step.warnings ?? {});
    return event.kind === "warning" ? [event.code] : [];
  });
  return { metrics: metrics[0]!, codes };
}

it("the first update is on policy, and a warning says what is left out", async () => {
  const { metrics, codes } = await events("left-out", { sampling: { topP: 0.5, maxTokens: 8 } });
  expect(codes).toContain("SAMPLING_FILTERED");
  expect(metrics["ratio_mean"]).toBeCloseTo(1, 3);
  expect(metrics["clip_fraction"]).toBe(0);
});

it("on request they are used, which is said", async () => {
  const sampling = { topP: 0.5, maxTokens: 8 };
  const { metrics, codes } = await events("kept", { sampling, filtersInTraining: true });
  expect(codes).toContain("SAMPLING_FILTERED");
  expect(metrics["ratio_mean"]).toBeLessThan(0.9);
});

const schema = { type: "array", items: { enum: ["a", "b"] }, maxItems: 3 };
const bound: Partial<TrainOptions<Task, string>> = {
  agent: async ({ id }, { model }) => {
    const asked = { maxTokens: 8, responseFormat: { type: "json", schema } } as const;
    return (await model.chat([{ role: "user", content: id }], asked)).content;
  },
};

it("replies that are bound to a schema are learned by the ratios of what they could be", async () => {
  const { metrics, codes } = await events("bound", bound);
  expect(metrics["ratio_mean"]).toBeCloseTo(1, 3);
  expect(metrics["ratio_max"]).toBeCloseTo(1, 3);
  expect(metrics["rows_truncated"]).toBe(0);
  expect(codes).not.toContain("ROWS_TRUNCATED");
});

it("beside a KL term, whose reference is not bound, they are learned as if they were free, which is said", async () => {
  const kl = { coefficient: 0.1 };
  const algorithm = grpo({ steps: 1, learningRate: 1e-4, groupSize: 4, kl });
  const { metrics, codes } = await events("bound-kl", { ...bound, algorithm });
  expect(metrics["ratio_mean"]).toBeLessThan(0.9);
  expect(metrics["rows_truncated"]).toBeGreaterThan(0);
  expect(codes).toContain("ROWS_TRUNCATED");
});

const source = { kind: "rollouts", openRunner: () => never(), tasks: [] } as const;
const never = (): never => {
  throw new Error("nothing is run here");
};
const phase = { name: "grpo", algorithm: grpo({ steps: 1, learningRate: 1 }), source };
const dataset = { ...phase, source: { kind: "dataset" } } as const;

it.each([
  [{ topK: 4 }, "topK 4"],
  [{ topP: 0.9, minP: 0.1 }, "topP 0.9, minP 0.1"],
])("%j is named and left out", (filters, words) => {
  for (const keeps of [true, false])
    expect(filterWarning(filters, [phase], keeps)?.text).toContain(words);
  expect(learnedSampling({ ...filters, maxTokens: 8 }, false)).toEqual({ maxTokens: 8 });
  expect(filterWarning(filters, [dataset], false)).toBeUndefined();
});

it("without filters nothing is said", () => {
  expect(filterWarning({ topK: 0, topP: 1, minP: 0 }, [phase], false)).toBeUndefined();
});
