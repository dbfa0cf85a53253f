/** `train` with an adapter for each part of a team, on a golden folder of random weights. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import { trajectoriesOf } from "../../algorithms/blocks/trajectories.ts";
import { isError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import { readAdapter } from "../../engine/weights/peft.ts";
import { openPolicy } from "../models/policy.ts";
import { findModel } from "../models/find-model.ts";
import { serve } from "../serving/serve-model.ts";
import { evaluate } from "./evaluate-agent.ts";
import type { PipelineEvent, TrainResult } from "./pipeline-events.ts";
import { rolloutsOf } from "./stored/rollouts-of.ts";
import { train } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-team-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Question {
  readonly id: string;
  readonly text: string;
}
const questions = (...texts: string[]): Question[] => texts.map((text) => ({ id: text, text }));
const user = (content: string): Message => ({ role: "user", content });

/** A planner, then a searcher that is given the length of its plan. The third agent, the writer, is never called. */
const team: TrainOptions<Question, string>["agent"] = async (task, { model: policy, signal }) => {
  const ask = async (agent: string, text: string): Promise<string> =>
    (await policy.chat([user(text)], { agent, signal })).content;
  const plan = await ask("planner", task.text);
  return ask("searcher", `${task.text} ${plan.length % 2}`);
};

const adapters = { coordinator: ["planner"], searchers: ["searcher"], writers: ["writer"] };

function options(
  folder: string,
  changes: Partial<TrainOptions<Question, string>> = {},
): TrainOptions<Question, string> {
  return {
    model,
    agent: team,
    adapters,
    tasks: { train: questions("one", "two", "three"), test: questions("four") },
    reward: ({ answer }) => (answer ?? "").length % 5,
    algorithm: grpo({
      ...{ steps: 2, groupSize: 4, groupsPerStep: 1, learningRate: 1e-2 },
      adam: { weightDecay: 0.1 },
      credit: { rule: "hierarchical", coordinator: "planner" },
    }),
    sampling: { maxTokens: 5 },
    threads: 1,
    quiet: true,
    out: join(root, folder),
    ...changes,
  };
}

const adapterBytes = (result: Pick<TrainResult, "checkpoint">, adapter: string): string =>
  readFileSync(join(result.checkpoint, adapter, "adapter_model.safetensors"), "base64");

describe("a team with an adapter for each part", () => {
  let result: TrainResult;
  const events: PipelineEvent[] = [];
  beforeAll(async () => {
    const onEvent = (event: PipelineEvent): void => void events.push(event);
    result = await train(options("whole", { onEvent }));
  });

  it("trains each on its own agents' turns, and leaves the adapter of an agent that was never called as it began", async () => {
    expect(result.checkpoint).toBe(join(result.folder, "adapters"));
    expect(readdirSync(result.checkpoint).toSorted()).toEqual([
      "coordinator",
      "searchers",
      "writers",
    ]);
    const moved = await Promise.all(
      Object.keys(adapters).map(async (name) => {
        const { tensors } = await readAdapter(join(result.checkpoint, name));
        // B starts at 0.
        return [...tensors.values()].some(({ b }) => b.some((value) => value !== 0));
      }),
    );
    expect(moved).toEqual([true, true, false]);
  });

  it("reports what workers were compared with, and no broken rows where adapters take turns", () => {
    const steps = events.flatMap((event) => (event.kind === "step" ? [event.step] : []));
    expect(steps).toHaveLength(2);
    for (const { metrics, warnings = {} } of steps) {
      const { credit_same_choice, credit_same_agent, credit_uncompared } = metrics;
      expect(credit_same_choice! + credit_same_agent!).toBe(4);
      expect(credit_uncompared).toBe(0);
      expect(metrics["ratio_max"]).toBeLessThan(1.001);
      expect(metrics["mismatch_max"]).toBeLessThan(1e-3);
      expect(warnings).not.toHaveProperty("ROWS_SPLIT");
    }
  });

  it("keeps which adapter sampled a turn, also in the store", async () => {
    const store = `sqlite:${join(result.folder, "rollouts.db")}`;
    const { groups } = await rolloutsOf(store, { split: "train" });
    const [rollout] = groups[0]!.rollouts;
    const expected = [
      ["planner", "coordinator"],
      ["searcher", "searchers"],
    ];
    expect(rollout!.turns.map(({ agent, adapter }) => [agent, adapter])).toEqual(expected);
    const { rows } = trajectoriesOf(rollout!);
    expect(rows.map(({ adapter }) => adapter)).toEqual(["coordinator", "searchers"]);
  });

  it("a stopped run that is resumed ends with the same bytes", async () => {
    const stop = new AbortController();
    const onEvent = (event: PipelineEvent): void => {
      if (event.kind === "step" && event.step.step === 1) stop.abort();
    };
    const stopped = options("stopped", { signal: stop.signal, onEvent, keepRollouts: "none" });
    await expect(train(stopped)).rejects.toSatisfy((error) => isError(error, "CANCELLED"));
    const checkpoints = join(stopped.out!, "checkpoints");
    const [first] = readdirSync(checkpoints).filter((name) => name.startsWith("grpo"));
    const early = { checkpoint: join(checkpoints, first!, "adapters") };
    expect(adapterBytes(early, "writers")).toBe(adapterBytes(result, "writers"));
    expect(adapterBytes(early, "searchers")).not.toBe(adapterBytes(result, "searchers"));
    const { signal: _signal, onEvent: _onEvent, out, ...again } = stopped;
    const resumed = await train({ ...again, resume: out! });
    for (const name of Object.keys(adapters))
      expect(adapterBytes(resumed, name), name).toBe(adapterBytes(result, name));
    expect(resumed.after.reward).toEqual(result.after.reward);
    const others = { coordinator: ["planner"], workers: ["searcher", "writer"] };
    await expect(train({ ...again, adapters: others, resume: out! })).rejects.toThrow(
      "RUN_CONFIG_CHANGED",
    );
  });

  it("is opened, measured and served by the names of its parts, and is no single model", async () => {
    const measured = await evaluate({
      model: result,
      agent: team,
      reward: options("").reward as never,
      tasks: questions("four"),
      sampling: { maxTokens: 5 },
    });
    expect(measured.reward).toEqual(result.after.reward);
    await using policy = await openPolicy(result, { sampling: { maxTokens: 5 } });
    const say = async (agent: string) => {
      const { content } = await policy.chat([user("four")], { agent, temperature: 0 });
      return content;
    };
    const said = [await say("planner"), await say("searcher")];
    await expect(say("plannr")).rejects.toThrow("Did you mean planner?");
    await expect(policy.chat([user("four")])).rejects.toThrow("AGENT_WITHOUT_ADAPTER");
    const serving = await serve({ model: result.folder, port: 0 });
    try {
      const ask = async (name: string): Promise<string> => {
        const body = { model: name, messages: [user("four")], temperature: 0, max_tokens: 5 };
        const init = { method: "POST", body: JSON.stringify(body) };
        const response = await fetch(`${serving.url}/v1/chat/completions`, init);
        const { choices } = (await response.json()) as {
          choices: { message: { content: string } }[];
        };
        return choices[0]!.message.content;
      };
      expect([await ask("coordinator"), await ask("searchers")]).toEqual(said);
      expect(await ask("writers")).toBe(await ask(result.folder));
    } finally {
      await serving.close();
    }
    await expect(findModel(result.folder)).rejects.toMatchObject({ code: "MODEL_HAS_ADAPTERS" });
    const one = await findModel(join(result.checkpoint, "coordinator"));
    expect(one).toMatchObject({ adapter: join(result.checkpoint, "coordinator"), folder: model });
    const [checkpoint] = readdirSync(join(result.folder, "checkpoints")).filter((name) =>
      name.startsWith("grpo"),
    );
    const found = await findModel(result.folder, { checkpoint: checkpoint!, team: "allowed" });
    expect(Object.keys(found.team!.folders)).toEqual(Object.keys(adapters));
  });
});

describe("options that cannot be", () => {
  it.each([
    [{ adapters: {} }, "names of adapters"],
    [{ adapters: { "../x": ["a"] } }, "small letters"],
    [{ adapters: { one: [] } }, "at least one agent"],
    [{ adapters: { one: ["a"], two: ["a"] } }, "this is one of one"],
    [{ lora: false }, "beside `adapters`"],
  ] as const)("%o", async (changes, words) => {
    await expect(train(options("bad", changes as never))).rejects.toThrow(words);
  });
});
