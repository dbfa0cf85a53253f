/** `train({ queue })` and the same code in a worker: the run learns what it learns alone. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import type { Agent } from "../../ports/agent.ts";
import type { RewardFunction } from "../../ports/reward.ts";
import { groupReward } from "../../rewards/group-reward.ts";
import { openQueue } from "../open-store.ts";
import { train } from "../training/train.ts";
import { goldenModel, queuedJob } from "./queued-job-fixture.ts";
import { workProgram } from "./work-programs.ts";
import { work } from "./work.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-program-worker-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Question {
  readonly id: string;
  readonly text: string;
}

const agent: Agent<Question, string> = async ({ text }, { model }) =>
  (await model.chat([{ role: "user", content: text }])).content;

const reward: RewardFunction<Question, string> = ({ answer }) =>
  Array.from(answer, (letter) => letter.codePointAt(0)! % 10).reduce((sum, one) => sum + one, 0) /
  10;

const questions = (letters: string): readonly Question[] =>
  letters.split("").map((id) => ({ id, text: `say ${id}` }));

const optionsOf = (name: string) => ({
  ...{ model: goldenModel, agent, reward, name: "letters", out: join(root, name) },
  tasks: { train: questions("abcdef"), test: questions("xyz") },
  algorithm: grpo({ steps: 2, groupSize: 4, groupsPerStep: 2, learningRate: 0.01 }),
  ...{ sampling: { maxTokens: 8 }, threads: 1, seed: 4, quiet: true },
});

const queueOf = (name: string): string => `sqlite:${join(root, `${name}.db`)}`;

describe("train() with a queue", () => {
  it("learns the same by workers that have its agent and its reward", async () => {
    const adapterOf = async (name: string): Promise<Buffer> =>
      readFile(join(root, name, "adapter", "adapter_model.safetensors"));
    await train(optionsOf("alone"));
    const queue = queueOf("together");
    const stop = new AbortController();
    const programs = { letters: workProgram({ agent, reward }) };
    const working = work({ queue, programs, threads: 1, signal: stop.signal });
    const { before } = await train({ ...optionsOf("together"), queue });
    stop.abort();
    expect(await working).toEqual({ ended: 22, refused: 0, handedBack: 0 });
    expect(before.reward?.value).toBeGreaterThan(0);
    expect((await adapterOf("together")).equals(await adapterOf("alone"))).toBe(true);
  });

  it("hands rollouts back where the worker has no program of their name", async () => {
    const queue = await openQueue(queueOf("missing"));
    const payload = await queuedJob({ play: { program: "letters" } });
    await queue.enqueue([{ id: "r", payload }]);
    const told = await work({ queue: queueOf("missing"), idleSeconds: 0.1 });
    expect(told).toEqual({ ended: 0, refused: 0, handedBack: 1 });
    expect((await queue.get("r"))?.error).toMatchObject({ code: "WORKER_PROGRAM_MISSING" });
    await queue.close();
  });

  it("is refused beside rewards of groups, adapters of a team, and options of no queue", async () => {
    const given = { ...optionsOf("refused"), queue: queueOf("refused") };
    const ofGroups = groupReward(({ rollouts }) => rollouts.map(() => 1));
    const impossible = { code: "QUEUE_NOT_POSSIBLE" };
    await expect(train({ ...given, reward: ofGroups })).rejects.toMatchObject(impossible);
    const { name: _name, ...unnamed } = given;
    await expect(train(unnamed)).rejects.toMatchObject({ facts: { option: "name" } });
    const nowhere = train({ ...given, queueServer: "gpu" });
    await expect(nowhere).rejects.toMatchObject({ facts: { option: "queueServer" } });
    const adapters = { one: ["a"], two: ["b"] };
    await expect(train({ ...given, adapters })).rejects.toMatchObject(impossible);
    const alone = train({ ...optionsOf("refused"), queueStaleness: 1 });
    await expect(alone).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});
