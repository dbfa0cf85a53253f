/** The ways in which an agent of a team names itself: by a call's option, a model of its own, the AI SDK, and the name of a model over HTTP. */
import { describe, expect, it } from "vitest";
import { asAgent } from "../../agents/as-agent.ts";
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import type { Rollout, Task } from "../../core/rollout.ts";
import type { Agent } from "../../ports/agent.ts";
import type { LanguageModelCall } from "../../ports/language-model.ts";
import { rolloutRunner } from "../../rollouts/rollout-runner.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { policyEndpoint, recordingModel } from "../serving/policy-endpoint.ts";
import { adaptersSamplingClient } from "./adapters-sampling-client.ts";

const renderer = letterRenderer("ab");
const { vocabulary } = renderer;
const adapters = { lead: ["planner"], workers: ["searcher", "team/writer"] };
const messages = [{ role: "user", content: "ab" }] as const;

async function rolloutOf(agent: Agent<Task>): Promise<Rollout> {
  const [lead, workers] = await Promise.all(
    [1, 2].map((seed) =>
      tabularTrainingClient({ vocabulary, spread: 1, seed }).saveWeightsForSampler(),
    ),
  );
  const snapshots = new Map([
    ["lead", lead!],
    ["workers", workers!],
  ]);
  const runner = rolloutRunner<Task, unknown>({
    agent,
    reward: () => 1,
    chatModel: policyChatModels({
      renderer,
      sampling: { maxTokens: 4 },
      contextLength: 64,
      adapters,
    }),
    retries: 0,
  });
  const policy = adaptersSamplingClient(snapshots, "team@0");
  const jobs = [{ id: "r", task: { id: "t" }, seed: 1 }];
  return (await runner.run({ policy, jobs }))[0]!;
}

const namesIn = ({ turns }: Rollout) => turns.map(({ agent, adapter }) => [agent, adapter]);

describe("an agent of a team", () => {
  it("has a model of its own, whose calls may still name another", async () => {
    const rollout = await rolloutOf(async (_task, { model }) => {
      const planner = asAgent(model, "planner");
      await planner.chat(messages);
      await planner.chat(messages, { maxTokens: 1, agent: "searcher" });
      return asAgent({ chat: model.chat.bind(model) }, "searcher").chat(messages);
    });
    expect(rollout.failure).toBeUndefined();
    expect(namesIn(rollout)).toEqual([
      ["planner", "lead"],
      ["searcher", "workers"],
      ["searcher", "workers"],
    ]);
    expect(rollout.turns[1]!.tokens).toHaveLength(1);
  });

  it("is named in providerOptions.hone of the AI SDK", async () => {
    const call = (agent?: unknown): LanguageModelCall =>
      ({
        prompt: [{ role: "user", content: [{ type: "text", text: "ab" }] }],
        ...(agent !== undefined && { providerOptions: { hone: { agent } } }),
      }) as LanguageModelCall;
    const rollout = await rolloutOf(async (_task, { model, languageModel }) => {
      await languageModel.doGenerate(call("planner"));
      await asAgent(recordingModel("test", model), "searcher").languageModel().doGenerate(call());
      return languageModel.doGenerate(call(3)).catch((error: unknown) => String(error));
    });
    expect(namesIn(rollout)).toEqual([
      ["planner", "lead"],
      ["searcher", "workers"],
    ]);
    expect(rollout.answer).toContain("OPTION_INVALID");
  });
});

describe("an agent that asks over HTTP", () => {
  const ask = async (
    context: Parameters<typeof policyEndpoint>[0],
    models: readonly string[],
  ): Promise<readonly number[]> => {
    using policy = await policyEndpoint(context);
    const headers = {
      authorization: `Bearer ${policy.apiKey}`,
      "content-type": "application/json",
    };
    const statuses: number[] = [];
    for (const model of models) {
      const body = JSON.stringify({ model, messages });
      const answer = await fetch(`${policy.baseURL}/chat/completions`, {
        method: "POST",
        headers,
        body,
      });
      statuses.push(answer.status);
    }
    return statuses;
  };

  it("is the one that its model's name says", async () => {
    const models = ["policy/planner", "policy/searcher", "policy/team/writer"];
    const rollout = await rolloutOf((_task, context) => ask(context, models));
    expect(rollout.answer).toEqual([200, 200, 200]);
    expect(namesIn(rollout)).toEqual([
      ["planner", "lead"],
      ["searcher", "workers"],
      ["team/writer", "workers"],
    ]);
  });

  it.each(["policy", "gpt-4o-mini", "policy/", "policy/plannr"])(
    "ends the run where the model %s names no agent with an adapter",
    async (model) => {
      const run = rolloutOf(async (_task, context) => {
        const [status] = await ask(context, [model]);
        expect(status).toBe(404);
        throw new Error("no answer");
      });
      await expect(run).rejects.toMatchObject({ code: "AGENT_WITHOUT_ADAPTER" });
    },
  );
});
