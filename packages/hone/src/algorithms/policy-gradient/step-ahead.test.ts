/** Rollouts one step ahead: sampled from the weights before a step's updates, kept for a resume, and never left running. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Rollout, RolloutGroup } from "../../core/rollout.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type { GroupsRequest, RolloutSource } from "../../ports/rollout-source.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import type { SampledGroups } from "./dynamic-sampling.ts";
import { dapo } from "./dapo.ts";
import { grpo } from "./grpo.ts";
import { aheadOf, stateOfAhead } from "./step-ahead.ts";

const algorithm = grpo({
  ...{ steps: 4, groupSize: 4, groupsPerStep: 2, learningRate: 0.2, oneStepOffPolicy: true },
});

/** A run's parts whose rollouts pass through `groups`, and what happened in which order. */
function open(
  groups: (source: RolloutSource, request: GroupsRequest) => ReturnType<RolloutSource["groups"]>,
) {
  const training = tabularTrainingClient({ vocabulary: 6 });
  const source = tokenRollouts({
    prompts: [[0], [1]],
    reward: ([token]) => token! / 5,
    sampling: { maxTokens: 1 },
  });
  const log: string[] = [];
  const optimStep = training.optimStep.bind(training);
  training.optimStep = async (params) => {
    await turn();
    log.push("update");
    return optimStep(params);
  };
  const rollouts: RolloutSource = {
    groups: async (request) => {
      log.push(`sample ${request.step} by ${request.policy.weightsVersion}`);
      return groups(source, request);
    },
  };
  const parts: AlgorithmParts = {
    ...{ training, rollouts, renderer: letterRenderer("a"), seed: 0, startStep: 0 },
  };
  return { parts, training, log };
}

async function collect(steps: AsyncGenerator<TrainStep, void>): Promise<TrainStep[]> {
  const all: TrainStep[] = [];
  for await (const step of steps) all.push(step);
  return all;
}

it("are sampled by the weights before the step's updates, and begin before these", async () => {
  const { parts, log } = open((source, request) => source.groups(request));
  const steps = await collect(algorithm.run(parts));
  const [first, second, third] = log.filter((line) => line.startsWith("sample"));
  const version = (line: string | undefined) => line?.split(" by ")[1];
  expect(version(first)).toBe(version(second));
  expect(version(second)).not.toBe(version(third));
  const kinds = log.map((line) => line.split(" by ")[0]);
  expect(kinds).toEqual([
    ...["sample 1", "sample 2", "update", "sample 3", "update"],
    ...["sample 4", "update", "update"],
  ]);
  expect(steps.map(({ metrics }) => metrics["weights_lag"])).toEqual([0, 1, 1, 1]);
  expect(steps.map(({ metrics }) => metrics["groups_ahead"])).toEqual([2, 2, 2, 0]);
  for (const { warnings = {} } of steps) expect(warnings).not.toHaveProperty("WEIGHTS_LAG");
  // Ratios are to the policy that sampled, so that they are not 1 on rollouts that are a step old.
  expect(steps[0]!.metrics["kl_old"]).toBeCloseTo(0, 8);
  for (const { metrics } of steps.slice(1)) expect(metrics["kl_old"]).toBeGreaterThan(1e-5);
  expect(steps.at(-1)!).not.toHaveProperty("state");
});

/** A run that is stopped after a step and goes on from its state as JSON, beside one that is not stopped. */
async function stoppedAndWhole(groups: Parameters<typeof open>[0], stopAfter: number) {
  const [whole, halves] = [open(groups), open(groups)];
  const steps = await collect(algorithm.run(whole.parts));
  const first = algorithm.run(halves.parts);
  const before: TrainStep[] = [];
  for (let i = 0; i < stopAfter; i++) before.push((await first.next()).value!);
  await first.return();
  const state = JSON.parse(JSON.stringify(before.at(-1)!.state)) as Record<string, unknown>;
  const after = await collect(algorithm.run({ ...halves.parts, startStep: stopAfter, state }));
  return { whole, halves, steps, resumed: [...before, ...after] };
}

it("are kept for a resume, also where a step changed nothing, and without what is no JSON", async () => {
  const ring: { self?: unknown } = {};
  ring.self = ring;
  const groups: Parameters<typeof open>[0] = async (source, request) => {
    const found = await source.groups(request);
    const reward = { total: 0, components: {}, source: "rule" } as const;
    return found.map(({ rollouts, task }) => ({
      task: { ...task, ring },
      rollouts: rollouts.map((one): Rollout => ({
        ...one,
        task: { ...one.task, count: 1n } as Rollout["task"],
        answer: ring,
        ...(request.step === 2 && { reward }),
      })),
    }));
  };
  const { whole, halves, steps, resumed } = await stoppedAndWhole(groups, 2);
  expect(steps[1]!.metrics).toMatchObject({ updates: 0, weights_lag: 1 });
  // Step 2 changed no weights, so what was sampled meanwhile is of the present ones.
  expect(steps[2]!.metrics["weights_lag"]).toBe(0);
  expect(resumed.map(({ metrics }) => metrics)).toEqual(steps.map(({ metrics }) => metrics));
  expect(halves.training.policy.logits).toEqual(whole.training.policy.logits);
  expect(halves.log).toEqual(whole.log);
});

it("are counted as they were sampled, also where fewer had signal than were asked for", async () => {
  const reward = { total: 0, components: {}, source: "rule" } as const;
  const { parts } = open(async (source, request) => {
    const found = await source.groups(request);
    const isEqual = (place: number) => request.step === 3 || (request.step === 2 && place > 0);
    return found.map((group, place) => ({
      ...group,
      rollouts: group.rollouts.map((one) => (isEqual(place) ? { ...one, reward } : one)),
    }));
  });
  const options = { steps: 4, groupSize: 4, groupsPerStep: 2, learningRate: 0.2 };
  const drawing = dapo({ ...options, oneStepOffPolicy: true, maxDraws: 1 });
  const steps = await collect(drawing.run(parts));
  expect(steps.map(({ metrics }) => metrics["groups_ahead"])).toEqual([1, 0, 2, 0]);
  expect(steps.map(({ metrics }) => metrics["groups_missing"])).toEqual([0, 1, 2, 0]);
});

/** One group of one rollout, with this task and this answer. */
const groupWith = (task: object, answer: unknown): RolloutGroup => {
  const own = { id: "task", ...task };
  const rollout = { id: "1", task: own, turns: [], answer } as Partial<Rollout> as Rollout;
  return { task: own, rollouts: [rollout] };
};

it("come back as they were, or without the task and the answer", () => {
  class Answer {
    readonly text = "4";
  }
  const ring: { self?: unknown } = {};
  ring.self = ring;
  const lost = [
    ...[new Map([["a", 1]]), new Set([1]), new Date(0), new Answer(), Float32Array.of(1)],
    ...[Number.NaN, Infinity, -0, 1n, ring, [undefined], { in: [new Map()] }, () => 1],
    ...[{ toJSON: () => ({}) }],
  ];
  const cameBack = (value: unknown) => {
    const groups = { kept: [groupWith({ value }, value)], dropped: [] };
    const written = JSON.stringify(stateOfAhead(groups, {}));
    return aheadOf(JSON.parse(written) as Record<string, unknown>, "now")!.kept[0]!;
  };
  for (const value of lost) {
    const { task, rollouts } = cameBack(value);
    expect(task).toEqual({ id: "task" });
    expect(rollouts[0]!.task).toEqual({ id: "task" });
    expect(rollouts[0]!.answer).toBeUndefined();
  }
  for (const value of ["4", 0, null, { a: [1, { b: null }] }, { a: 1, none: undefined }]) {
    const { task, rollouts } = cameBack(value);
    expect(task).toEqual({ id: "task", value });
    expect(rollouts[0]!.task).toEqual({ id: "task", value });
    expect(rollouts[0]!.answer).toEqual(value);
  }
});

it("are written when a checkpoint is, and not in each step", async () => {
  let reads = 0;
  const answer = {
    get text() {
      reads++;
      return "4";
    },
  };
  const { parts } = open(async (source, request) => {
    const found = await source.groups(request);
    return found.map((group) => ({
      ...group,
      rollouts: group.rollouts.map((one): Rollout => ({ ...one, answer })),
    }));
  });
  const [first] = await collect(algorithm.run(parts));
  expect(reads).toBe(0);
  const { ahead } = JSON.parse(JSON.stringify(first!.state)) as { ahead: SampledGroups };
  expect(reads).toBeGreaterThan(0);
  expect(ahead.kept[0]!.rollouts[0]!.answer).toEqual({ text: "4" });
});

it("have names of weights that mean the same after a resume", async () => {
  const { parts } = open((source, request) => source.groups(request));
  const policy = await parts.training.saveWeightsForSampler();
  const request = { policy, step: 1, groupCount: 1, groupSize: 2 };
  const [group] = await parts.rollouts.groups(request);
  const stored = {
    ...group!,
    isStored: true,
    rollouts: group!.rollouts.map((one) => ({
      ...one,
      turns: one.turns.map((answer) => ({ ...answer, weightsVersion: "stored 3" })),
    })),
  };
  const groups = { kept: [group!], dropped: [stored] };
  const versionsOf = (current: { readonly currentVersion?: string }) => {
    const { kept, dropped } = aheadOf(stateOfAhead(groups, current), "now")!;
    return [...kept, ...dropped].map(({ rollouts }) => rollouts[0]!.turns[0]!.weightsVersion);
  };
  const { weightsVersion } = policy;
  const before = "before the resume: ";
  expect(versionsOf({})).toEqual([before + weightsVersion, `${before}stored 3`]);
  expect(versionsOf({ currentVersion: weightsVersion })).toEqual(["now", `${before}stored 3`]);
  expect(aheadOf({}, "now")).toBeUndefined();
});

it("of a run that is stopped in the middle of a step end with it", async () => {
  const stop = new AbortController();
  const asked: GroupsRequest[] = [];
  const { promise: release, resolve } = Promise.withResolvers<void>();
  const { parts, training } = open(async (source, request) => {
    asked.push(request);
    if (request.step === 2) await release;
    return source.groups(request);
  });
  const steps = algorithm.run({ ...parts, signal: stop.signal });
  const first = steps.next();
  while (asked.length < 2) await turn();
  stop.abort();
  resolve();
  const { value } = await first;
  expect(value!.step).toBe(1);
  expect((value!.state as { ahead: { kept: unknown[] } }).ahead.kept).toHaveLength(2);
  expect(await steps.next()).toEqual({ done: true, value: undefined });
  expect(asked).toHaveLength(2);
  expect(asked[1]!.signal?.aborted).toBe(false);
  expect(training.snapshots.every(({ isClosed }) => isClosed)).toBe(true);
});

it("are aborted where learning fails, and nothing is left running", async () => {
  let isRunning = false;
  const { parts, training } = open(async (source, request) => {
    if (request.step === 1) return source.groups(request);
    isRunning = true;
    await new Promise((resolve) => request.signal!.addEventListener("abort", resolve));
    await turn();
    isRunning = false;
    throw new Error("aborted");
  });
  training.forwardBackward = async () => {
    await turn();
    expect(isRunning).toBe(true);
    throw new Error("no memory left");
  };
  await expect(collect(algorithm.run(parts))).rejects.toThrow("no memory left");
  expect(isRunning).toBe(false);
  expect(training.snapshots.every(({ isClosed }) => isClosed)).toBe(true);
});

it("that cannot be sampled end the run with their error", async () => {
  const { parts, training } = open(async (source, request) => {
    if (request.step === 2) throw new Error("no store");
    return source.groups(request);
  });
  await expect(collect(algorithm.run(parts))).rejects.toThrow("no store");
  expect(training.snapshots.every(({ isClosed }) => isClosed)).toBe(true);
});
