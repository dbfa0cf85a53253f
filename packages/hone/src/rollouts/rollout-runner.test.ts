import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { HoneError } from "../core/errors.ts";
import type { Rollout, Task, Turn } from "../core/rollout.ts";
import type { ChatModelFactory } from "../ports/chat-model.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { rolloutRunner, type RolloutRunnerOptions } from "./rollout-runner.ts";

const policy: SamplingClient = {
  weightsVersion: "w1",
  sample: async (prompt) => {
    if (prompt[0] === 13) throw new Error("the sampler broke");
    return [
      {
        tokens: [prompt[0]!],
        logProbs: [0],
        samplingLogProbs: [0],
        stopReason: "stop",
        weightsVersion: "w1",
      },
    ];
  },
  async *stream() {},
  logProbs: async () => new Float32Array(),
  close: async () => {},
};

/** Says back the number it is told; one token each way. */
const chatModel: ChatModelFactory = ({ policy: gated, seed, temperature = 1, signal }) => {
  const turns: Turn[] = [];
  const errors: unknown[] = [];
  return {
    turns,
    isPolicyError: (error) => errors.includes(error),
    languageModel: () => {
      throw new Error("not used");
    },
    async *stream() {},
    async chat(messages) {
      const promptTokens = [Number(messages.at(-1)!.content)];
      try {
        const params = { maxTokens: 1, temperature, seed };
        const [sequence] = await gated.sample(promptTokens, 1, params, signal);
        const reply = { role: "assistant" as const, content: String(sequence!.tokens[0]) };
        turns.push({
          ...sequence!,
          messages,
          reply,
          promptTokens,
          temperature,
          isTruncated: false,
        });
        return reply;
      } catch (error) {
        errors.push(error);
        throw error;
      }
    },
  };
};

const jobs = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `r${i}`, task: { id: `t${i}` }, seed: 100 + i }));

type Options = Partial<RolloutRunnerOptions<Task, unknown>>;
const echo: RolloutRunnerOptions<Task, unknown>["agent"] = async (task, { model }) =>
  (await model.chat([{ role: "user", content: task.id.slice(1) }])).content;

function run(options: Options, count = 1, signal?: AbortSignal): Promise<readonly Rollout[]> {
  const runner = rolloutRunner<Task, unknown>({
    agent: echo,
    reward: () => 1,
    chatModel,
    ...options,
  });
  return runner.run({ policy, jobs: jobs(count), ...(signal ? { signal } : {}) });
}

describe("running rollouts", () => {
  it("returns them in the order of their jobs with turns, answer and reward", async () => {
    const rollouts = await run({ reward: ({ answer }) => Number(answer) }, 3);
    expect(rollouts.map(({ id, answer, isSuccess }) => [id, answer, isSuccess])).toEqual([
      ["r0", "0", false],
      ["r1", "1", true],
      ["r2", "2", true],
    ]);
    expect(rollouts[2]).toMatchObject({
      reward: { total: 2, components: {}, source: "rule" },
      attempts: 1,
      failure: undefined,
      turns: [{ promptTokens: [2], tokens: [2] }],
    });
  });

  it("takes success from the reward's components where it is there", async () => {
    const reward = { total: 5, components: { success: 0 }, source: "rule" as const };
    expect((await run({ reward: () => reward }))[0]!.isSuccess).toBe(false);
    const solved = { total: -1, components: { success: 1 }, source: "rule" as const };
    expect((await run({ reward: () => solved }))[0]!.isSuccess).toBe(true);
  });

  it("keeps the agent's metrics by name, of the last attempt, also where the rollout fails", async () => {
    const agent: Options["agent"] = (task, { addMetrics }) => {
      addMetrics!({ looks: 1, calls: 0 });
      addMetrics!({ looks: 2 });
      if (task.id === "t1") throw new Error("broken");
    };
    const rollouts = await run({ agent }, 2);
    expect(rollouts.map(({ metrics, attempts }) => [metrics, attempts])).toEqual([
      [{ looks: 3, calls: 0 }, 1],
      [{ looks: 3, calls: 0 }, 2],
    ]);
    expect((await run({}))[0]).not.toHaveProperty("metrics");
    const broken: Options["agent"] = (_, { addMetrics }) => addMetrics!({ looks: Number.NaN });
    await expect(run({ agent: broken })).rejects.toThrow(/OPTION_INVALID: addMetrics.*looks = NaN/);
    for (const name of ["reward", "loss", "reward/moves", "level_1/looks", "success_low"]) {
      const taken: Options["agent"] = (_, { addMetrics }) => addMetrics!({ [name]: 42 });
      await expect(run({ agent: taken }), name).rejects.toThrow(
        `OPTION_INVALID: addMetrics got ${name} = 42; it must be under a name of its own`,
      );
    }
  });

  it("runs at most `concurrency` at a time", async () => {
    let running = 0;
    let most = 0;
    const agent = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await wait(2);
      running--;
    };
    await run({ agent, concurrency: 3 }, 10);
    expect(most).toBe(3);
  });

  it("gives the agent its seed and the configured temperature unless the request names one", async () => {
    const seeds: number[] = [];
    const agent = async (_: Task, { seed }: { seed: number }): Promise<void> =>
      void seeds.push(seed);
    await run({ agent }, 3);
    expect(seeds).toEqual([100, 101, 102]);
    const runner = rolloutRunner({ agent: echo, reward: () => 1, chatModel });
    const [greedy] = await runner.run({ policy, jobs: jobs(1), temperature: 0 });
    expect(greedy!.turns[0]!.temperature).toBe(0);
  });

  it("leaves no clock running that would keep the process alive", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      await run({}, 5);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("refuses options that make no sense", () => {
    const of = (options: Options) => () =>
      rolloutRunner({ agent: echo, reward: () => 1, chatModel, ...options });
    expect(of({ concurrency: 0 })).toThrow(/OPTION_INVALID.*concurrency = 0/);
    expect(of({ retries: -1 })).toThrow(/OPTION_INVALID.*retries = -1/);
    expect(of({ deadlineMs: 0.5 })).toThrow(/OPTION_INVALID.*deadlineMs = 0.5/);
  });
});

describe("a rollout that fails", () => {
  const fail = (message: string) => () => {
    throw new Error(message);
  };

  it("is data that names its boundary, beside the others that went well", async () => {
    const agent: typeof echo = async (task, context) => {
      if (task.id === "t1") throw new Error("agent broke");
      if (task.id === "t2")
        throw new HoneError("ENVIRONMENT_FAILED", { doing: "step", problem: "x" });
      if (task.id === "t6") throw new HoneError("TOOL_FAILED", { tool: "add", problem: "x" });
      return echo(task.id === "t3" ? { id: "t13" } : task, context);
    };
    const reward = ({ task }: { task: Task }): number => {
      if (task.id === "t4") throw new Error("judge broke");
      return task.id === "t5" ? Number.NaN : 1;
    };
    const rollouts = await run({ agent, reward }, 8);
    expect(rollouts.map(({ failure }) => failure?.boundary)).toEqual([
      undefined,
      "agent",
      "environment",
      "policy",
      "reward",
      "reward",
      "tool",
      undefined,
    ]);
    expect(rollouts[1]).toMatchObject({ reward: undefined, answer: undefined, isSuccess: false });
    expect(rollouts[3]!.failure!.message).toBe("the sampler broke");
    expect(rollouts[5]!.failure!.message).toMatch(/REWARD_INVALID.*total = NaN/);
  });

  it("is one rollout's when a chat template cannot write its conversation, and everybody's when there is none", async () => {
    const where = "The chat template";
    const failing = (error: HoneError) => async (task: Task) => {
      if (task.id === "t1") throw error;
      return task.id;
    };
    for (const error of [
      new HoneError("CHAT_TEMPLATE_NOT_LINEAR", { where, turn: 1, problem: "odd" }),
      new HoneError("CHAT_TEMPLATE_REFUSED", { where, problem: "no" }),
      new HoneError("CHAT_TEMPLATE_LACKS", { where, feature: "reasoning" }),
    ]) {
      const rollouts = await run({ agent: failing(error) }, 3);
      expect(rollouts.map(({ failure }) => failure !== undefined)).toEqual([false, true, false]);
      expect(rollouts[1]!.failure?.message).toContain(error.code);
    }
    const missing = new HoneError("CHAT_TEMPLATE_MISSING", { folder: "models/base" });
    await expect(run({ agent: failing(missing) }, 3)).rejects.toBe(missing);
  });

  it("is the policy's also when the agent wraps the error", async () => {
    const agent: typeof echo = async (_, context) => {
      try {
        return await echo({ id: "t13" }, context);
      } catch (cause) {
        throw new Error("the call did not work", { cause });
      }
    };
    expect((await run({ agent }))[0]!.failure!.boundary).toBe("policy");
  });

  it("is tried again, with another seed, and its attempts are counted", async () => {
    const seeds: number[] = [];
    const agent: typeof echo = async (task, context) => {
      seeds.push(context.seed);
      if (seeds.length < 3) throw new Error("not yet");
      return echo(task, context);
    };
    const [rollout] = await run({ agent, retries: 2 });
    expect(rollout).toMatchObject({ attempts: 3, failure: undefined, isSuccess: true });
    expect(rollout!.turns).toHaveLength(1);
    expect(new Set(seeds).size).toBe(3);
    const [failed] = await run({ agent: fail("always"), retries: 2 });
    expect(failed).toMatchObject({
      attempts: 3,
      failure: { boundary: "agent", message: "always" },
    });
  });

  it("misses its deadline even if it does not listen, and is not tried again", async () => {
    const agent: typeof echo = async (task, context) => {
      await echo(task, context);
      return task.id === "t1" ? new Promise<never>(() => {}) : "done";
    };
    const rollouts = await run({ agent, deadlineMs: 40, retries: 3 }, 3);
    expect(rollouts.map(({ failure }) => failure?.boundary)).toEqual([
      undefined,
      "deadline",
      undefined,
    ]);
    expect(rollouts[1]).toMatchObject({
      attempts: 1,
      failure: { message: "the agent was still running after 0.04 s" },
    });
    expect(rollouts[1]!.turns).toHaveLength(1);
  });

  it("ends an agent that calls the model without end", async () => {
    const agent: typeof echo = async (task, context) => {
      for (;;) {
        await wait(1);
        await echo(task, context);
      }
    };
    const [endless] = await run({ agent, deadlineMs: 40 });
    expect(endless!.failure).toMatchObject({ boundary: "deadline" });
  });

  it("holds up the others until its deadline, and does not make them miss theirs", async () => {
    const agent: typeof echo = async (task, context) =>
      task.id === "t0" ? new Promise<never>(() => {}) : echo(task, context);
    const rollouts = await run({ agent, deadlineMs: 40 }, 3);
    expect(rollouts.map(({ failure }) => failure?.boundary)).toEqual([
      "deadline",
      undefined,
      undefined,
    ]);
  });
});

describe("what stops the run", () => {
  it("is an error of configuration, engine or store, also when the agent wraps it", async () => {
    const broken = new HoneError("ENGINE_CLOSED", { what: "sample" });
    const agent = async (task: Task): Promise<void> => {
      if (task.id === "t2") throw new Error("wrapped", { cause: broken });
      await wait(5);
    };
    await expect(run({ agent }, 5)).rejects.toBe(broken);
    const invalid = new HoneError("CONFIG_INVALID", { where: "reward", problem: "no judge" });
    const reward = (): never => {
      throw invalid;
    };
    await expect(run({ reward }, 2)).rejects.toBe(invalid);
  });

  it("is its abort signal, at once, also for agents that do not listen", async () => {
    const stop = new AbortController();
    const agent = async (): Promise<void> => {
      stop.abort();
      await new Promise(() => {});
    };
    await expect(run({ agent }, 4, stop.signal)).rejects.toThrow(/CANCELLED/);
    await expect(run({}, 4, AbortSignal.abort())).rejects.toThrow(/CANCELLED/);
  });
});
