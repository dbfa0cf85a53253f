/** `rolloutsOf` with a model: traces of an agent that hone did not run, on a golden folder of random weights. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { trajectoriesOf } from "../../../algorithms/blocks/trajectories.ts";
import type { Message } from "../../../core/message.ts";
import { openEngine } from "../../../engine/engine.ts";
import type { Rollout } from "../../../core/rollout.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import { readRollouts } from "../../../rollouts/stored-rollouts.ts";
import { storedThenFresh } from "../../../rollouts/stored-then-fresh.ts";
import { openStore } from "../../open-store.ts";
import { openTracing } from "../../recording/traced-agents.ts";
import { rolloutsOf, settingsOf } from "./rollouts-of.ts";

const model = join(import.meta.dirname, "../../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-foreign-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("tokenises what was recorded of another agent by the model's template, with the engine's own log-probs", async () => {
  const url = `sqlite:${join(root, "traces.db")}`;
  const tracing = openTracing({ store: url });
  const trace = tracing.tracer.trace({ agent: "app", task: "say hello", taskId: "t1" });
  const messages: Message[] = [
    { role: "user", content: "hello" },
    { role: "assistant", content: "hi" },
    { role: "user", content: "again" },
  ];
  trace.span({ kind: "prompt", input: messages, output: "hi again" }).end();
  trace.end();
  await tracing.close();
  await expect(rolloutsOf(url)).resolves.toMatchObject({
    groups: [],
    text: "0 rollouts in 0 groups, 0 with the tokens that were sampled; 1 left out: needs a model",
  });
  const { groups, text } = await rolloutsOf(url, {}, { model });
  expect(text).toMatch(/^1 rollout in 1 group, 0 with .*; 1 tokenised anew.*; 1 without a reward$/);
  const [row] = trajectoriesOf(groups[0]!.rollouts[0]!).rows;
  const engine = await openEngine(model, {});
  try {
    const reply: Message = { role: "assistant", content: "hi again" };
    const { tokens } = await engine.renderer.conversation([...messages, reply]);
    expect(row!.tokens).toEqual(tokens.slice(0, row!.tokens.length));
    const said = row!.tokens.filter((_, t) => row!.mask[t] === 1);
    expect((await engine.renderer.parse(said)).content).toBe("hi again");
    const policy = await engine.createSamplingClient({});
    const expected = await policy.logProbs(row!.tokens);
    row!.mask.forEach((one, t) => expect(row!.logProbs[t]).toBe(one === 1 ? expected[t] : 0));
  } finally {
    await engine.close();
  }
  const store = await openStore(url, { mustExist: true });
  expect((await rolloutsOf(store, { agent: "other" })).groups).toEqual([]);
  const later = await readLater(store);
  expect(later.map(({ turns }) => turns)).toEqual([groups[0]!.rollouts[0]!.turns]);
  await store.close();
  await expect(rolloutsOf(`sqlite:${join(root, "none.db")}`)).rejects.toThrow("STORE_NOT_FOUND");
});

/** The rollouts of a step that learns messages which no model has read before. */
async function readLater(store: TraceStore): Promise<readonly Rollout[]> {
  const { groups, counts } = await readRollouts(store, {}, { keepsMessages: true, settingsOf });
  expect(counts).toMatchObject({ unread: 1, rendered: 0, sampled: 0 });
  expect(groups[0]!.rollouts[0]!.turns[0]!.tokens).toEqual([]);
  const engine = await openEngine(model, {});
  try {
    const { renderer } = engine;
    const fresh = { groups: () => Promise.reject(new Error("no step samples")) };
    const source = storedThenFresh({ groups, steps: 1, fresh, renderer });
    const policy = await engine.createSamplingClient({});
    const [group] = await source.groups({ policy, step: 1, groupCount: 1, groupSize: 1 });
    return group!.rollouts;
  } finally {
    await engine.close();
  }
}
