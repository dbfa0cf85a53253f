import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { agent, reward, shown, tasks } from "./agent.ts";

const task = tasks.train[0]!;

/** A model that always says this, and remembers what it was asked. */
function saying(content: string) {
  const asked: string[] = [];
  const chat = async (messages: readonly { readonly content: string }[]) => {
    asked.push(...messages.map((message) => message.content));
    return { role: "assistant" as const, content };
  };
  return { asked, chat };
}

describe("the agent", () => {
  it("asks the model for the team of a request", async () => {
    const model = saying("billing");
    const context = { model, signal: new AbortController().signal };
    assert.equal(await agent(task, context), "billing");
    assert.deepEqual(model.asked, ["order 100: refund"]);
  });
});

describe("the reward", () => {
  const rollout = { id: "r", task, turns: [], failure: undefined, attempts: 1, seconds: 0 };

  it("is 1 for the right team, and 0 for everything else", () => {
    assert.equal(reward({ ...rollout, answer: " billing\n" }), 1);
    assert.equal(reward({ ...rollout, answer: "support" }), 0);
    assert.equal(reward({ ...rollout, answer: "" }), 0);
  });
});

describe("the tasks", () => {
  it("are learned from or held out, not both", () => {
    const learned = new Set(tasks.train.map(({ text }) => text));
    assert.deepEqual(
      tasks.test.filter(({ text }) => learned.has(text)),
      [],
    );
    assert.ok(shown.length > 0);
  });
});
