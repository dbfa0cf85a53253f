import { describe, expect, it } from "vitest";
import type { Message } from "../core/message.ts";
import type { Rollout } from "../core/rollout.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { likelihoodRunner, replyAgent, replyReward, type ReplyTask } from "./reply-task.ts";

const messages: readonly Message[] = [
  { role: "user", content: "a" },
  { role: "assistant", content: "b" },
  { role: "user", content: "c" },
  { role: "assistant", content: "d" },
  { role: "user", content: "e" },
];
const task: ReplyTask = { id: "line 1", messages };

function rollout(answer: Message): Rollout<ReplyTask, Message> {
  const tried = { id: "r", task, turns: [], answer, failure: undefined, attempts: 1, seconds: 0 };
  const reward = replyReward(tried);
  return { ...tried, reward, isSuccess: reward.components["success"] === 1 };
}

describe("a reply task", () => {
  it("has the agent read everything before the last reply", async () => {
    const heard: (readonly Message[])[] = [];
    const chat = async (given: readonly Message[]): Promise<Message> => {
      heard.push(given);
      return { role: "assistant", content: "d" };
    };
    const context = { model: { chat }, signal: new AbortController().signal, seed: 0 };
    expect((await replyAgent(task, context)).content).toBe("d");
    expect(heard).toEqual([messages.slice(0, 3)]);
  });

  it("is done by the same words, blanks around them aside, and by the same tool calls", () => {
    const success = (answer: Partial<Message>): boolean =>
      rollout({ role: "assistant", content: "d", ...answer }).isSuccess;
    expect(success({})).toBe(true);
    expect(success({ content: " d\n" })).toBe(true);
    expect(success({ content: "D" })).toBe(false);
    expect(success({ toolCalls: [{ id: "1", name: "look", arguments: "{}" }] })).toBe(false);
  });

  it("is worth the mean log-prob of what the assistant says; success stays", async () => {
    // The first token is never predicted; of the rest 1, 2 and 4 are the assistant's: (−1 −2 −6) / 3 = −3.
    const rendered = { tokens: [7, 8, 9, 7, 8], mask: [1, 1, 1, 0, 1] };
    const renderer = { conversation: async () => rendered } as Partial<Renderer> as Renderer;
    const logProbs = async () => Float32Array.of(0, -1, -2, -100, -6);
    const policy = { logProbs } as Partial<SamplingClient> as SamplingClient;
    const failed = { ...rollout({ role: "assistant", content: "" }), reward: undefined };
    const inner = { run: async () => [rollout({ role: "assistant", content: "d" }), failed] };
    const [first, second] = await likelihoodRunner(inner, renderer).run({ policy, jobs: [] });
    expect(first).toMatchObject({
      isSuccess: true,
      reward: { total: -3, components: { loss: 3 } },
    });
    expect(second!.reward).toBeUndefined();
  });

  it("is scored once in a request, however often it is tried, and again in the next", async () => {
    let calls = 0;
    const conversation = async () => ({ tokens: [7, 8], mask: [1, 1] });
    const renderer = { conversation } as Partial<Renderer> as Renderer;
    const logProbs = async () => Float32Array.of(0, ++calls * -2);
    const policy = { logProbs } as Partial<SamplingClient> as SamplingClient;
    const tries = ["d", "x", "d"].map((content) => rollout({ role: "assistant", content }));
    const other = { ...rollout({ role: "assistant", content: "d" }), task: { ...task, id: "2" } };
    const told: string[] = [];
    const onScored = (done: number, total: number) => told.push(`${done} of ${total}`);
    const runner = likelihoodRunner({ run: async () => [...tries, other] }, renderer, onScored);
    const totals = async () =>
      (await runner.run({ policy, jobs: [] })).map(({ reward }) => reward?.total);
    expect(await totals()).toEqual([-2, -2, -2, -4]);
    expect(told).toEqual(["0 of 2", "1 of 2", "2 of 2"]);
    expect(await totals()).toEqual([-6, -6, -6, -8]);
  });
});
