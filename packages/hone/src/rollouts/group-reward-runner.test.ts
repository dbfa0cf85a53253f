import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { noteRetry } from "../core/remote-failures.ts";
import { HoneError } from "../core/errors.ts";
import type { Task } from "../core/rollout.ts";
import type { ChatModelFactory } from "../ports/chat-model.ts";
import type { GroupReward } from "../ports/reward.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { groupRewardRunner } from "./group-reward-runner.ts";

const policy: SamplingClient = {
  weightsVersion: "w1",
  sample: async () => [],
  async *stream() {},
  logProbs: async () => new Float32Array(),
  close: async () => {},
};
const chatModel: ChatModelFactory = () => ({
  turns: [],
  isPolicyError: () => false,
  languageModel: () => {
    throw new Error("not used");
  },
  async *stream() {},
  chat: async () => ({ role: "assistant", content: "" }),
});

/** Jobs whose agent answers with the seed; one of seed 13 fails. */
const job = (id: string, task: string, seed: number, group?: number) => ({
  ...{ id, task: { id: task }, seed },
  ...(group === undefined ? {} : { group }),
});
const run = (
  rewards: GroupReward<Task, number>["rewards"],
  jobs = [job("a", "t", 1), job("b", "u", 2), job("c", "t", 3), job("d", "t", 13)],
  signal = new AbortController().signal,
) =>
  groupRewardRunner<Task, number>({
    agent: (_task, { seed }) => {
      if (seed === 13) throw new Error("unlucky");
      return seed;
    },
    ...{ reward: { rewards }, chatModel, retries: 0, deadlineMs: 2000 },
  }).run({ policy, jobs, signal });

describe("a reward of the group", () => {
  it("is given the answered rollouts of each task, and gives each its reward", async () => {
    const seen: unknown[] = [];
    const rollouts = await run(({ task, rollouts: group }) => {
      seen.push([task.id, group.map(({ id, answer }) => [id, answer])]);
      const best = Math.max(...group.map(({ answer }) => answer));
      return group.map(({ answer }) => ({
        ...{ total: answer / best, components: { success: answer === best ? 1 : 0 } },
        source: "judge" as const,
      }));
    });
    expect(seen).toEqual([
      [
        "t",
        [
          ["a", 1],
          ["c", 3],
        ],
      ],
      ["u", [["b", 2]]],
    ]);
    expect(rollouts.map(({ id, reward, isSuccess }) => [id, reward?.total, isSuccess])).toEqual([
      ["a", 1 / 3, false],
      ["b", 1, true],
      ["c", 1, true],
      ["d", undefined, false],
    ]);
    expect(rollouts[3]!.failure).toMatchObject({ boundary: "agent", message: "unlucky" });
  });

  it("keeps two groups of one task apart", async () => {
    const sizes: number[] = [];
    const jobs = [job("a", "t", 1, 0), job("b", "t", 2, 0), job("c", "t", 3, 1)];
    await run(({ rollouts }) => {
      sizes.push(rollouts.length);
      return rollouts.map(() => 1);
    }, jobs);
    expect(sizes).toEqual([2, 1]);
  });

  it("that throws fails the rollouts of its group at the boundary reward, and no others", async () => {
    const rollouts = await run(({ task, rollouts: group }) => {
      if (task.id === "t") throw new Error("the judge is gone");
      return group.map(() => 1);
    });
    expect(rollouts.map(({ failure }) => failure?.boundary)).toEqual([
      ...["reward", undefined, "reward", "agent"],
    ]);
    expect(rollouts[0]!.failure).toMatchObject({
      message: "the judge is gone",
      place: expect.stringContaining("group-reward-runner.test.ts"),
    });
  });

  it("that leaves one out, gives no number or too few fails those", async () => {
    const boundaries = async (given: readonly unknown[]) =>
      (await run(() => given as never, [job("a", "t", 1), job("b", "t", 2)])).map(
        ({ failure }) => failure && `${failure.boundary}: ${failure.message}`,
      );
    expect(await boundaries([undefined, 1])).toEqual([
      "reward: the reward of the group gave it none",
      undefined,
    ]);
    expect(await boundaries([1, Number.NaN])).toEqual([
      undefined,
      expect.stringMatching(/^reward: REWARD_INVALID/),
    ]);
    const short = expect.stringMatching(/^reward: GROUP_REWARD_INVALID.*"t".* 2 rewards.*gave 1/);
    expect(await boundaries([1])).toEqual([short, short]);
  });

  it("that never ends fails its rollouts at the deadline", async () => {
    const rollouts = await groupRewardRunner<Task, number>({
      ...{ agent: () => 1, chatModel, deadlineMs: 30 },
      reward: { rewards: () => new Promise<never>(() => undefined) },
    }).run({ policy, jobs: [job("a", "t", 1)] });
    expect(rollouts[0]!.failure).toMatchObject({
      boundary: "deadline",
      message: expect.stringContaining("the reward of the group was still running"),
    });
  });

  it("that never ends because its requests fail says how the last of them did", async () => {
    const rollouts = await groupRewardRunner<Task, number>({
      ...{ agent: () => 1, chatModel, deadlineMs: 30 },
      reward: {
        rewards: ({ signal }) => {
          noteRetry(signal, new Error("connect ECONNREFUSED 127.0.0.1:9"));
          return new Promise<never>(() => undefined);
        },
      },
    }).run({ policy, jobs: [job("a", "t", 1)] });
    expect(rollouts[0]!.failure!.message).toMatch(
      /still running after 0.03 s; its last request failed: connect ECONNREFUSED/,
    );
  });

  it("stops the run where its error must, or the signal does", async () => {
    const spent = new HoneError("RUN_JUDGE_BUDGET_SPENT", {
      ...{ judge: "j", spent: "3 calls", budget: "3 calls", option: "maxCalls" },
    });
    await expect(
      run(() => {
        throw spent;
      }),
    ).rejects.toBe(spent);
    const stop = new AbortController();
    const stopped = run(
      async () => {
        stop.abort();
        await wait(1);
        return [1, 1];
      },
      undefined,
      stop.signal,
    );
    await expect(stopped).rejects.toThrow("CANCELLED");
  });
});
