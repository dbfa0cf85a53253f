/** Policy-gradient methods on the engine, and what runs keep of them. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dapo } from "../../algorithms/policy-gradient/dapo.ts";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import { gspo } from "../../algorithms/policy-gradient/gspo.ts";
import type { PolicyOptions } from "../../algorithms/policy-gradient/policy-options.ts";
import { reinforce } from "../../algorithms/policy-gradient/reinforce.ts";
import { rloo } from "../../algorithms/policy-gradient/rloo.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { train } from "./train.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-policy-methods-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
const few = { groupSize: 4, groupsPerStep: 2, learningRate: 1e-3 };
const tasks = ["one", "two", "three"].map((text) => ({ id: text, text }));

interface Run {
  readonly steps: readonly TrainStep[];
  readonly folder: string;
}

interface Session {
  /** The folder of a run to resume. */
  readonly resume?: string;
  /** The step after which the run is stopped. */
  readonly stopAfter?: number;
  /** The call of the agent, from 1, at which it is stopped. */
  readonly stopAtCall?: number;
}

/** A run on a folder of random weights, whose reward differs from answer to answer; stopped where that is asked. */
async function run(
  algorithm: Algorithm,
  { resume, stopAfter, stopAtCall }: Session = {},
): Promise<Run> {
  let calls = 0;
  const steps: TrainStep[] = [];
  const stop = new AbortController();
  const folder = resume ?? join(root, `run-${++folders}`);
  const running = train({
    model,
    agent: async ({ text }, { model: policy, signal }) => {
      if (++calls === stopAtCall) stop.abort();
      return (await policy.chat([{ role: "user", content: text }], { signal })).content;
    },
    tasks: { train: tasks, test: [{ id: "four", text: "four" }] },
    reward: ({ answer }) => (answer ?? "").length % 5,
    algorithm,
    sampling: { maxTokens: 6 },
    threads: 1,
    quiet: true,
    keepRollouts: "none",
    ...(resume === undefined ? { out: folder } : { resume }),
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind !== "step") return;
      steps.push(event.step);
      if (event.step.step === stopAfter) stop.abort();
    },
  });
  if (stopAfter === undefined && stopAtCall === undefined) await running;
  else await expect(running).rejects.toMatchObject({ code: "CANCELLED" });
  return { steps, folder };
}

const weightsOf = ({ folder }: Run): string =>
  createHash("sha256")
    .update(readFileSync(join(folder, "adapter", "adapter_model.safetensors")))
    .digest("hex");

describe("on the engine", () => {
  const once: PolicyOptions = { ...few, steps: 1 };
  const methods: readonly (readonly [string, Algorithm])[] = [
    ["RLOO", rloo({ ...once, kl: { coefficient: 0.1 } })],
    ["DAPO, corrected", dapo({ ...once, correction: { level: "token" } })],
    ["GSPO, KL in the loss", gspo({ ...once, kl: { coefficient: 0.1 } })],
  ];

  it.each(methods)("%s has ratios of 1 in its first update", async (_, algorithm) => {
    const { steps } = await run(algorithm);
    const { metrics } = steps[0]!;
    expect(metrics["updates"]).toBe(1);
    expect(metrics["gradient_norm"]).toBeGreaterThan(0);
    expect(metrics["ratio_mean"]).toBeCloseTo(1, 4);
    expect(metrics["clip_fraction"]).toBe(0);
    if (metrics["mismatch_max"] !== undefined) expect(metrics["mismatch_max"]).toBeLessThan(1e-3);
  });

  it("a loss in closed form and the engine's own learn the same", async () => {
    // A large ε: where a gradient is 0 but for rounding, AdamW would make whole steps of it.
    const updates = { minibatchesPerBatch: 2, epochsPerBatch: 2, adam: { epsilon: 0.01 } };
    const options = { ...once, ...updates, kl: { coefficient: 0.1 } };
    const [own, closed] = [
      await run(grpo(options)),
      await run(grpo({ ...options, dualClip: 1e6 })),
    ];
    for (const name of ["loss", "gradient_norm", "ratio_mean", "kl", "kl_old", "clip_fraction"])
      expect(closed.steps[0]!.metrics[name]).toBeCloseTo(own.steps[0]!.metrics[name]!, 4);
    expect(own.steps[0]!.metrics["updates"]).toBe(4);
  });
});

describe("a method's state", () => {
  it("is kept with a checkpoint: a moving average goes on where the run was stopped", async () => {
    const algorithm = (): Algorithm =>
      reinforce({ ...few, steps: 3, baseline: "moving-average", decay: 0.5 });
    const whole = await run(algorithm());
    const baselines = whole.steps.map(({ metrics }) => metrics["baseline"]);
    const rewards = whole.steps.map(({ metrics }) => metrics["reward"]!);
    expect(baselines[0]).toBeCloseTo(rewards[0]!, 12);
    expect(baselines[2]).toBeCloseTo((rewards[0]! + rewards[1]!) / 2, 12);
    const { folder, steps } = await run(algorithm(), { stopAfter: 2 });
    const rest = await run(algorithm(), { resume: folder });
    expect([...steps, ...rest.steps].map(({ metrics }) => metrics["baseline"])).toEqual(baselines);
    expect(weightsOf(rest)).toBe(weightsOf(whole));
  });

  it("has the rollouts that were sampled ahead: same seed, same bytes, whole or stopped", async () => {
    const algorithm = (): Algorithm =>
      grpo({ ...few, steps: 3, oneStepOffPolicy: true, correction: { rule: "truncate" } });
    const [whole, again] = [await run(algorithm()), await run(algorithm())];
    expect(whole.steps.map(({ metrics }) => metrics["weights_lag"])).toEqual([0, 1, 1]);
    expect(whole.steps[1]!.warnings ?? {}).not.toHaveProperty("WEIGHTS_LAG");
    expect(weightsOf(again)).toBe(weightsOf(whole));
    // One task is held out, and a step has 8 rollouts: call 20 is one of those of step 3, while step 2 learns.
    const { folder, steps } = await run(algorithm(), { stopAtCall: 20 });
    expect(steps.map(({ step }) => step)).toEqual([1, 2]);
    const rest = await run(algorithm(), { resume: folder });
    const metrics = (all: readonly TrainStep[]) => all.map((step) => step.metrics);
    expect(metrics([...steps, ...rest.steps])).toEqual(metrics(whole.steps));
    expect(weightsOf(rest)).toBe(weightsOf(whole));
  });
});
