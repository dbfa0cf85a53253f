/** Whose fault it is where a rollout fails that asks its policy by an address: the SDK's own error does not say it. */
import { expect, it } from "vitest";
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { HoneError } from "../../core/errors.ts";
import type { Rollout, Task } from "../../core/rollout.ts";
import type { AgentContext } from "../../ports/agent.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { rolloutRunner } from "../../rollouts/rollout-runner.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { policyEndpoint } from "./policy-endpoint.ts";

/** A policy whose calls end as they are told, one after the other. */
function policyOf(ends: (Error | "answer")[]): SamplingClient {
  return {
    ...{ weightsVersion: "w", logProbs: async () => new Float32Array(), close: async () => {} },
    sample: async () => [],
    // The server streams every answer.
    async *stream() {
      const end = ends.shift() ?? "answer";
      if (end !== "answer") throw end;
      const logProbs = [-1, -1];
      yield { tokens: [5, 0], logProbs, samplingLogProbs: logProbs, stopReason: "stop" };
    },
  };
}

type Ask = (body?: object) => Promise<unknown>;

/** One rollout of an agent that asks by HTTP, as SDKs do: an answer that is an error is an error of its own. */
async function rollout(
  ends: (Error | "answer")[],
  agent: (ask: Ask, context: AgentContext) => Promise<unknown>,
): Promise<Rollout> {
  const renderer = letterRenderer("ab");
  const runner = rolloutRunner<Task, unknown>({
    agent: async (_, context) => {
      using policy = await policyEndpoint(context);
      const { baseURL, apiKey } = policy;
      return await agent(async (more = {}) => {
        const messages = [{ role: "user", content: "a" }];
        const body = JSON.stringify({ model: "policy", messages, ...more });
        const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
        const answer = await fetch(`${baseURL}/chat/completions`, {
          method: "POST",
          headers,
          body,
        });
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        return answer.json();
      }, context);
    },
    reward: () => 1,
    chatModel: policyChatModels({ renderer, sampling: { maxTokens: 4 }, contextLength: 64 }),
    retries: 0,
  });
  const jobs = [{ id: "r", task: { id: "t" }, seed: 1 }];
  return (await runner.run({ policy: policyOf(ends), jobs }))[0]!;
}

const broken = new HoneError("LOGITS_NOT_FINITE", {
  where: "sample",
  row: "r",
  position: 1,
  got: "NaN",
});

it("is the policy's where its last call failed, whatever the SDK throws", async () => {
  const { failure } = await rollout([broken], (ask) => ask());
  expect(failure).toMatchObject({ boundary: "policy", message: "status 500" });
});

it("is the agent's where the request is wrong in itself, where it gave the call up, and after a call that was answered", async () => {
  const wrong = await rollout([], (ask) => ask({ temperature: -1 }));
  expect(wrong.failure).toMatchObject({ boundary: "agent", message: "status 400" });
  const cancelled = new HoneError("CANCELLED", { what: "The call" });
  const givenUp = await rollout([cancelled], (ask) => ask());
  expect(givenUp.failure).toMatchObject({ boundary: "agent" });
  const own = await rollout([broken, "answer"], async (ask) => {
    await ask().catch(() => undefined);
    await ask();
    throw new Error("my own");
  });
  expect(own.failure).toMatchObject({ boundary: "agent", message: "my own" });
  const caught = await rollout([broken], (ask) => ask().catch(() => "no answer"));
  expect(caught).toMatchObject({ failure: undefined, answer: "no answer" });
});

it("stops the run where the policy's error would meet every rollout", async () => {
  const closed = new HoneError("ENGINE_CLOSED", { what: "the policy" });
  await expect(rollout([closed], (ask) => ask())).rejects.toBe(closed);
});
