/** `rolloutsOf` with a model: traces of an agent that hone did not run, on a golden folder of random weights. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { trajectoriesOf } from "../../../algorithms/blocks/trajectories.ts";
import type { Message } from "../../../core/message.ts";
import { openEngine } from "../../../engine/engine.ts";
import { openStore } from "../../open-store.ts";
import { openTracing } from "../../recording/traced-agents.ts";
import { rolloutsOf } from "./rollouts-of.ts";

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
  await store.close();
  await expect(rolloutsOf(`sqlite:${join(root, "none.db")}`)).rejects.toThrow("STORE_NOT_FOUND");
});
