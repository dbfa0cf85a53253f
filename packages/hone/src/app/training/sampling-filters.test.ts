/** Rollouts that filters cut, or a format bound, are learned by the ratios of what could be drawn; filters can be left out. */
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

const whole = { topP: 0.5, maxTokens: 8 };

it.each([
  ["top-p", whole, {}],
  ["top-k, beside a KL term", { topK: 5, maxTokens: 8 }, { kl: { coefficient: 0.1 } }],
  ["min-p", { minP: 0.1, maxTokens: 8, temperature: 1.2 }, {}],
])("the first update is on policy where rollouts are cut by %s", async (_, sampling, more) => {
  const algorithm = grpo({ steps: 1, learningRate: 1e-4, groupSize: 4, ...more });
  const name = JSON.stringify(sampling).replace(/\W+/g, "-");
  const { metrics, codes } = await events(`cut${name}`, { sampling, algorithm });
  expect(metrics["ratio_mean"]).toBeCloseTo(1, 6);
  expect(metrics["ratio_max"]).toBeCloseTo(1, 5);
  expect(metrics).toMatchObject({ clip_fraction: 0, rows_truncated: 0 });
  if ("kl" in more) expect(metrics["kl"]).toBeCloseTo(0, 6);
  expect(codes).not.toContain("SAMPLING_FILTERED");
  expect(codes).not.toContain("ROWS_TRUNCATED");
});

it("on request filters are left out, which is said", async () => {
  const { metrics, codes } = await events("left-out", {
    sampling: whole,
    filtersInTraining: false,
  });
  expect(codes).toContain("SAMPLING_FILTERED");
  expect(metrics["ratio_mean"]).toBeCloseTo(1, 3);
  expect(metrics).toMatchObject({ clip_fraction: 0, rows_truncated: 0 });
});

it("filters that a call of the agent asks for are learned likewise", async () => {
  const agent: TrainOptions<Task, string>["agent"] = async ({ id }, { model }) =>
    (await model.chat([{ role: "user", content: id }], { maxTokens: 8, topP: 0.5 })).content;
  const { metrics } = await events("asked", { agent });
  expect(metrics["ratio_mean"]).toBeCloseTo(1, 6);
  expect(metrics["rows_truncated"]).toBe(0);
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

it("beside a KL term they are compared with the reference as it would be bound", async () => {
  const kl = { coefficient: 0.1 };
  const algorithm = grpo({ steps: 1, learningRate: 1e-4, groupSize: 4, kl });
  const { metrics, codes } = await events("bound-kl", { ...bound, algorithm });
  expect(metrics["ratio_mean"]).toBeCloseTo(1, 3);
  expect(metrics["kl"]).toBeCloseTo(0, 6);
  expect(metrics["rows_truncated"]).toBe(0);
  expect(codes).not.toContain("ROWS_TRUNCATED");
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
  expect(filterWarning(filters, [phase], false)?.text).toContain(words);
  expect(filterWarning(filters, [phase], true)).toBeUndefined();
  expect(learnedSampling(filters, true)).toEqual(filters);
  expect(learnedSampling({ ...filters, maxTokens: 8 }, false)).toEqual({ maxTokens: 8 });
  expect(filterWarning(filters, [dataset], false)).toBeUndefined();
});

it("without filters nothing is said", () => {
  expect(filterWarning({ topK: 0, topP: 1, minP: 0 }, [phase], false)).toBeUndefined();
});
