/** `train` on a golden folder of random weights: small enough that a step takes milliseconds. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import { sft } from "../../algorithms/supervised/sft.ts";
import { trajectoriesOf } from "../../algorithms/blocks/trajectories.ts";
import type { Message } from "../../core/message.ts";
import type { Rollout } from "../../core/rollout.ts";
import { readAdapter } from "../../engine/weights/peft.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { evaluateModel } from "./evaluate-model.ts";
import { sharedTasksWarning } from "./shared-tasks-warning.ts";
import { train } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-train-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Question {
  readonly id: string;
  readonly text: string;
}
const questions = (...texts: string[]): Question[] => texts.map((text) => ({ id: text, text }));
const user = (content: string): Message => ({ role: "user", content });

let folders = 0;
const freshFolder = (): string => join(root, `run-${++folders}`);

/** A run of two steps whose reward differs from answer to answer; a test changes what it is about. */
function options(
  changes: Partial<TrainOptions<Question, string>> = {},
): TrainOptions<Question, string> {
  return {
    model,
    agent: async (task, { model: policy, signal }) =>
      (await policy.chat([user(task.text)], { signal })).content,
    tasks: { train: questions("one", "two", "three"), test: questions("four", "five") },
    reward: ({ answer }) => (answer ?? "").length % 5,
    algorithm: grpo({ steps: 2, groupSize: 4, groupsPerStep: 2, learningRate: 1e-3 }),
    sampling: { maxTokens: 6 },
    threads: 1,
    // A thread that stores rollouts takes its time to start, and these tests look at none.
    keepRollouts: "none",
    out: freshFolder(),
    ...changes,
  };
}

const evaluationDefaults = {
  domain: "math",
  levels: [1],
  tasks: 2,
  mode: "greedy",
  samplesPerTask: 1,
  temperature: 1,
  maxTokens: 4,
  maxActions: 1,
  seed: 0,
} as const;

type StepEvent = Extract<PipelineEvent, { kind: "step" }>;

async function run(changes: Partial<TrainOptions<Question, string>> = {}) {
  const events: PipelineEvent[] = [];
  const onEvent = (event: PipelineEvent): void => void events.push(event);
  const result = await train(options({ onEvent, ...changes }));
  const steps = events.filter((event): event is StepEvent => event.kind === "step");
  return { result, events, steps };
}

/** What is computed when it is first asked for, once. */
function once<T>(compute: () => Promise<T>): () => Promise<T> {
  let computed: Promise<T> | undefined;
  return () => (computed ??= compute());
}

/** The run of `options()`, for tests that only read what it left. */
const plainRun = once(run);

/** Two calls; the second continues the first. */
const twoTurns: TrainOptions<Question, string>["agent"] = async (
  task,
  { model: policy, signal },
) => {
  const messages = [user(task.text)];
  messages.push(await policy.chat(messages, { signal }), user("are you sure?"));
  return (await policy.chat(messages, { signal })).content;
};

describe("an agent of one turn", () => {
  it("is measured before and after, and leaves a report", async () => {
    const { result, steps } = await plainRun();
    expect(steps.map(({ phase, step }) => [phase, step.step])).toEqual([
      ["grpo", 1],
      ["grpo", 2],
    ]);
    for (const { success, taskCount } of [result.before, result.after]) {
      expect(taskCount).toBe(2);
      expect(success.low).toBeLessThanOrEqual(success.value);
      expect(success.high).toBeGreaterThanOrEqual(success.value);
    }
    expect(result.after.weightsVersion).not.toBe(result.before.weightsVersion);
    expect(result.difference.taskCount).toBe(2);
    expect(readFileSync(result.report, "utf8")).toContain("success");
  });

  it("is not measured on another domain by `hone eval`, unless that is asked for", async () => {
    const { result } = await plainRun();
    const given = { ...evaluationDefaults, model: result.folder, isDomainGiven: false };
    await expect(evaluateModel(given)).rejects.toMatchObject({
      code: "RUN_TASKS_OWN",
      facts: { model: result.folder },
    });
    const adapter = { ...given, model, adapter: result.folder };
    await expect(evaluateModel(adapter)).rejects.toMatchObject({ code: "RUN_TASKS_OWN" });
    const checkpoints = join(result.folder, "checkpoints");
    const [latest] = readdirSync(checkpoints).filter((name) => name.startsWith("grpo"));
    for (const part of [join(checkpoints, latest!), result.checkpoint]) {
      await expect(evaluateModel({ ...given, model: part })).rejects.toMatchObject({
        code: "RUN_TASKS_OWN",
        facts: { model: part },
      });
    }
  });

  it("trains an adapter of rank 8 on q_proj and v_proj unless told otherwise", async () => {
    const { result } = await plainRun();
    expect(result.checkpoint).toBe(join(result.folder, "adapter"));
    const { rank, alpha, targetModules, tensors } = await readAdapter(result.checkpoint);
    expect({ rank, alpha, targetModules: [...targetModules].toSorted() }).toEqual({
      rank: 8,
      alpha: 16,
      targetModules: ["q_proj", "v_proj"],
    });
    // B starts at 0: that it is not any more says that this very adapter was trained.
    const moved = [...tensors.values()].filter(({ b }) => b.some((value) => value !== 0));
    expect(moved).toHaveLength(tensors.size);
  });

  it("trains all weights with lora: false", async () => {
    const { result } = await run({ lora: false });
    expect(result.checkpoint).toBe(join(result.folder, "model"));
    expect(existsSync(join(result.checkpoint, "model.safetensors"))).toBe(true);
  });
});

describe("an agent of several turns", () => {
  it("becomes one row per rollout, made of exactly the tokens that were read and sampled", async () => {
    const { steps } = await run({ agent: twoTurns });
    const { metrics, rollouts } = steps[0]!.step;
    expect(rollouts).toHaveLength(8);
    for (const rollout of rollouts!) expectOneExactRow(rollout);
    // One row is sent for each rollout that did better or worse than its group; rewards are whole, so means are exact.
    const learned = rollouts!.filter((rollout) => {
      const group = rollouts!.filter(({ task }) => task.id === rollout.task.id);
      const sum = group.reduce((total, { reward }) => total + reward!.total, 0);
      return rollout.reward!.total !== sum / group.length;
    });
    expect(learned.length).toBeGreaterThan(0);
    expect(metrics["rows"]).toBe(learned.length);
    expect(metrics["rows_split"]).toBe(0);
  });
});

function expectOneExactRow(rollout: Rollout): void {
  const [first, second] = rollout.turns;
  expect(rollout.turns).toHaveLength(2);
  const { rows, splits } = trajectoriesOf(rollout);
  expect(splits).toBe(0);
  expect(rows).toHaveLength(1);
  const [row] = rows;
  expect(row!.tokens).toEqual([...second!.promptTokens, ...second!.tokens]);
  const start = first!.promptTokens.length;
  const end = start + first!.tokens.length;
  expect(row!.tokens.slice(0, end)).toEqual([...first!.promptTokens, ...first!.tokens]);
  const sampledAt = (t: number): boolean =>
    (t >= start && t < end) || t >= second!.promptTokens.length;
  expect(row!.mask).toEqual(row!.tokens.map((_, t) => (sampledAt(t) ? 1 : 0)));
  expect(row!.samplingLogProbs.filter((_, t) => row!.mask[t] === 1)).toEqual([
    ...first!.samplingLogProbs,
    ...second!.samplingLogProbs,
  ]);
}

describe("an agent that fails", () => {
  it("is counted by its boundary, and the run goes on", async () => {
    const agent: TrainOptions<Question, string>["agent"] = async (task, context) => {
      if (task.id === "one" || task.id === "five") throw new Error("the tool is away");
      return twoTurns(task, context);
    };
    const { result, steps } = await run({
      agent,
      algorithm: grpo({ steps: 1, groupSize: 4, groupsPerStep: 3, learningRate: 1e-3 }),
    });
    expect(result.after).toMatchObject({ failedCount: 1, failures: { agent: 1 } });
    const failed = steps[0]!.step.rollouts!.filter(({ failure }) => failure !== undefined);
    expect(failed.map(({ task }) => task.id)).toEqual(["one", "one", "one", "one"]);
    expect(failed[0]!.failure).toEqual({
      boundary: "agent",
      message: "the tool is away",
      place: expect.stringMatching(/train\.test\.ts:\d+:\d+$/),
    });
  });
});

describe("a run that is stopped", () => {
  const conversations = [[user("one"), { role: "assistant", content: "1" } as const]];
  const phases = (): Pick<TrainOptions<Question, string>, "algorithm"> => ({
    algorithm: [
      sft({ conversations, steps: 3, learningRate: 1e-2 }),
      grpo({ ...{ steps: 3, groupSize: 4, groupsPerStep: 2, learningRate: 1e-3 }, kl }),
    ],
  });
  // It refers to the policy as the phase began, which a resume has to find again.
  const kl = { coefficient: 0.5 };
  const wholeRun = once(() => run(phases()));
  const digest = (folder: string): string =>
    createHash("sha256")
      .update(readFileSync(join(folder, "adapter/adapter_model.safetensors")))
      .digest("hex");

  /** The moments of one run at which it is stopped, in their order. */
  const moments: readonly ((event: PipelineEvent) => boolean)[] = [
    // Before anything is measured.
    (event) => event.kind === "evaluating",
    (event) => event.kind === "step" && event.phase === "sft",
    // Between the phases.
    (event) => event.kind === "evaluating" && event.name === "after sft",
    (event) => event.kind === "step" && event.phase === "grpo",
    // At the end.
    (event) => event.kind === "evaluating" && event.name === "after grpo",
  ];

  it("ends with the same bytes and measurements when it was stopped and resumed in every phase and measurement", async () => {
    const whole = await wholeRun();
    const drifts = whole.steps.flatMap(({ phase, step }) =>
      phase === "grpo" ? [step.metrics["kl"]!] : [],
    );
    expect(drifts[0]).toBeCloseTo(0, 9);
    expect(drifts[2]).toBeGreaterThan(1e-9);
    const out = freshFolder();
    for (const [i, isMoment] of moments.entries()) {
      const stop = new AbortController();
      const onEvent = (event: PipelineEvent): void => {
        if (isMoment(event)) stop.abort();
      };
      const { out: _new, ...again } = options({ ...phases(), onEvent, signal: stop.signal });
      const stopped = train(i === 0 ? { ...again, out } : { ...again, resume: out });
      await expect(stopped, `moment ${i}`).rejects.toMatchObject({ code: "CANCELLED" });
    }
    const { out: _new, ...again } = options(phases());
    const resumed = await train({ ...again, resume: out });
    expect(resumed.folder).toBe(out);
    expect(digest(out)).toBe(digest(whole.result.folder));
    expect(existsSync(join(out, "reference"))).toBe(false);
    expect(resumed.before).toEqual(whole.result.before);
    expect(resumed.after.tasks).toEqual(whole.result.after.tasks);
  });

  it("is not resumed with other settings", async () => {
    const { result } = await wholeRun();
    const { out: _new, ...again } = options({ ...phases(), seed: 1 });
    await expect(train({ ...again, resume: result.folder })).rejects.toMatchObject({
      code: "RUN_CONFIG_CHANGED",
    });
  });

  it("is not resumed with other settings of an algorithm, which are named", async () => {
    const { result } = await wholeRun();
    const resumed = (algorithm: TrainOptions<Question, string>["algorithm"]) => {
      const { out: _new, ...again } = options({ algorithm, resume: result.folder });
      return train(again);
    };
    const groups = { steps: 3, groupSize: 4, groupsPerStep: 2, learningRate: 1e-3, kl };
    const first = sft({ conversations, steps: 3, learningRate: 1e-2 });
    const changes = [
      [[first, grpo({ ...groups, clipHigh: 1.28 })], "algorithms.grpo.clipHigh: 1.2 → 1.28"],
      [
        [first, grpo({ ...groups, kl: { coefficient: 0.1 } })],
        "algorithms.grpo.kl.coefficient: 0.5 → 0.1",
      ],
      [
        [sft({ conversations, steps: 3, learningRate: 1e-2, adam: { beta2: 0.9 } }), grpo(groups)],
        "algorithms.sft.adam.beta2: not set → 0.9",
      ],
      [
        [sft({ conversations, steps: 3, learningRate: 2e-3 }), grpo(groups)],
        "algorithms.sft.learningRate: 0.01 → 0.002",
      ],
    ] as const;
    for (const [algorithm, named] of changes) {
      await expect(resumed(algorithm)).rejects.toMatchObject({
        code: "RUN_CONFIG_CHANGED",
        facts: { changes: [named] },
      });
    }
    // An option that is spelled out with its default changes nothing.
    const spelledOut = [first, grpo({ ...groups, clipHigh: 1.2 })];
    expect((await resumed(spelledOut)).folder).toBe(result.folder);
  });
});

describe("phases", () => {
  it("of one algorithm are told apart and each is measured", async () => {
    const one = grpo({ steps: 1, groupSize: 4, groupsPerStep: 2, learningRate: 1e-3 });
    const { events } = await run({ algorithm: [one, one] });
    const evaluated = events.flatMap((event) => (event.kind === "evaluated" ? [event.name] : []));
    expect(evaluated).toEqual(["start", "after grpo", "after grpo-2"]);
  });
});

describe("what cannot be trained", () => {
  it.each([
    ["train", { tasks: { train: [], test: questions("a") } }],
    ["test", { tasks: { train: questions("a"), test: [] } }],
    ["algorithm", { algorithm: [] }],
  ] as const)("is refused before a folder is made: no %s", async (named, changes) => {
    const given = options(changes);
    await expect(train(given)).rejects.toMatchObject({
      code: "DATA_EMPTY",
      message: expect.stringContaining(named) as string,
    });
    expect(existsSync(given.out!)).toBe(false);
  });
});

describe("an algorithm that learns from a dataset", () => {
  const conversations = [[user("one"), { role: "assistant", content: "1" } as const]];

  it("needs no training tasks", async () => {
    const algorithm = sft({ conversations, steps: 2, learningRate: 1e-3 });
    const { result, steps } = await run({
      algorithm,
      tasks: { train: [], test: questions("four", "five") },
    });
    expect(steps).toHaveLength(2);
    expect(result.after.taskCount).toBe(2);
  });

  it("cannot ask for rollouts", async () => {
    const rolling = grpo({ steps: 1, groupSize: 2, groupsPerStep: 1, learningRate: 1e-3 });
    await expect(
      run({ algorithm: { ...rolling, name: "mine", source: "dataset" } }),
    ).rejects.toMatchObject({
      code: "ROLLOUTS_ABSENT",
      facts: { algorithm: "mine", source: "dataset" },
    });
  });
});

describe("options of a JavaScript user", () => {
  /** What `train` says to options that TypeScript would not let pass. */
  const refusal = async (changes: object): Promise<string> => {
    const given = { ...options(), ...changes } as TrainOptions<Question, string>;
    const error: unknown = await train(given).catch((thrown: unknown) => thrown);
    expect(existsSync(given.out!)).toBe(false);
    return String(error);
  };

  it("that are missing are named, all at once", async () => {
    await expect(train({} as TrainOptions<Question, string>)).rejects.toThrow(
      /train got options = \{\}; it must be an object with model, .*\(missing: model, agent, tasks, reward, algorithm\)/,
    );
    expect(await refusal({ reward: undefined })).toMatch(/\(missing: reward\)/);
    await expect(train(undefined as never)).rejects.toThrow("OPTION_INVALID: train got no options");
  });

  it.each([
    [{ taks: {} }, /train got options = \{ taks: … \}; .* → Did you mean tasks\?/s],
    [{ tasks: { train: [], tset: [] } }, /train got tasks = \{ tset: … \}; .*test, train/],
    [{ sampling: { maxtokens: 6 } }, /sampling = \{ maxtokens: … \}; .*Did you mean maxTokens\?/s],
    [{ evaluation: { samples: 2 } }, /evaluation = \{ samples: … \}; .*mode, samplesPerTask/],
    [{ lora: { Rank: 4 } }, /train got lora = \{ Rank: … \}; .*Did you mean rank\?/s],
    [{ agent: "an agent" }, /train got agent = "an agent"; it must be a function/],
    [
      { algorithm: { steps: 3 } },
      /train got algorithm = .*; it must be an algorithm, such as grpo/,
    ],
    [{ algorithm: undefined }, /\(missing: algorithm\)/],
    [{ tasks: { train: "a.jsonl", test: [] } }, /train got tasks.train = "a.jsonl"; .* a list/],
    [{ seed: 1.5 }, /train got seed = 1.5; it must be a whole number of at least 0/],
    [{ concurrency: 0 }, /train got concurrency = 0; it must be a whole number of at least 1/],
    [{ checkpointEvery: "5" }, /train got checkpointEvery = "5"; it must be a whole number/],
    [
      { evaluation: { mode: "best" } },
      /evaluation.mode = "best"; it must be "greedy" or "sampled"/,
    ],
  ])("that cannot be are refused before a folder is made: %o", async (changes, message) => {
    expect(await refusal(changes)).toMatch(message);
  });
});

describe("tasks", () => {
  const refused = async (tasks: unknown): Promise<unknown> =>
    train(options({ tasks: tasks as never })).catch((error: unknown) => error);

  it("need an id each, and different ones", async () => {
    const test = questions("four");
    const train = [{ id: "a" }, { text: "b" }];
    expect(await refused({ train, test })).toMatchObject({
      code: "OPTION_INVALID",
      facts: { option: "tasks.train[1]", expected: expect.stringContaining("`id`") },
    });
    for (const id of ["", 7, null]) {
      expect(await refused({ train: questions("a"), test: [{ id }] })).toMatchObject({
        facts: { option: "tasks.test[0]" },
      });
    }
    expect(await refused({ train: questions("a", "b", "a"), test })).toMatchObject({
      facts: {
        option: "tasks.train[2].id",
        got: '"a"',
        expected: expect.stringContaining("tasks.train[0]"),
      },
    });
  });

  it("that are learned and held out are counted in a warning", () => {
    const train = [
      { id: "1", text: "one", size: 1 },
      { id: "2", text: "two", size: 2 },
    ];
    const same = { size: 2, text: "two", id: "9" };
    const warning = sharedTasksWarning({ train, test: [...questions("1", "3"), same] });
    expect(warning).toMatchObject({ code: "HELD_OUT_SEEN" });
    expect(warning!.text).toContain(
      '2 of 3 tasks of tasks.test are also in tasks.train ("1", "9")',
    );
    expect(sharedTasksWarning({ train, test: questions("3") })).toBeUndefined();
    // A question that is held out is found although others are repeated.
    const repeated = [...train, ...train.map((task) => ({ ...task, id: `again ${task.id}` }))];
    expect(sharedTasksWarning({ train: repeated, test: [same] })).toBeDefined();
    // Where the text is the id, many tasks have the same label.
    const labelled = (...ids: readonly string[]) =>
      ids.map((id, i) => ({ id, team: ["billing", "support"][i % 2]! }));
    const orders = labelled(...Array.from({ length: 8 }, (_, i) => `order ${i}`));
    expect(sharedTasksWarning({ train: orders, test: labelled("order 8") })).toBeUndefined();
    expect(sharedTasksWarning({ train: orders, test: labelled("order 1") })).toBeDefined();
  });
});
