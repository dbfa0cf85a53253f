/** Works on whole algorithms: a repetition is one step of their generator, with everything around it. */
import { policyChatModels } from "../../packages/hone/src/agents/policy-chat-model.ts";
import { grpo } from "../../packages/hone/src/algorithms/policy-gradient/grpo.ts";
import { ppo } from "../../packages/hone/src/algorithms/policy-gradient/ppo.ts";
import { rloo } from "../../packages/hone/src/algorithms/policy-gradient/rloo.ts";
import { sft } from "../../packages/hone/src/algorithms/supervised/sft.ts";
import { Random } from "../../packages/hone/src/core/random.ts";
import type { TrainStep } from "../../packages/hone/src/core/train-step.ts";
import { type Engine, openEngine } from "../../packages/hone/src/engine/engine.ts";
import type { Algorithm, AlgorithmParts } from "../../packages/hone/src/ports/algorithm.ts";
import type { Renderer } from "../../packages/hone/src/ports/renderer.ts";
import type { RolloutSource } from "../../packages/hone/src/ports/rollout-source.ts";
import { rolloutRunner } from "../../packages/hone/src/rollouts/rollout-runner.ts";
import { rolloutSource } from "../../packages/hone/src/rollouts/rollout-source.ts";
import type { OurCommand, PreparedWork } from "./conversation.ts";
import { equations } from "./equations.ts";

/** As many as nobody asks for; the bench says when to stop. */
const ENOUGH_STEPS = 100_000;

/** One GRPO step: `rollouts` answers of exactly `tokens` tokens in groups of `groupSize`, a cheap reward, one update. */
export const grpoSteps = (command: OurCommand): Promise<PreparedWork> =>
  grpoStepsFrom(command, (source) => source);

/** One RLOO step, likewise. */
export const rlooSteps = (command: OurCommand): Promise<PreparedWork> =>
  rolloutSteps(command, rloo);

/** One PPO step, likewise: four passes over the rollouts by the policy and by its critic. */
export const ppoSteps = (command: OurCommand): Promise<PreparedWork> => rolloutSteps(command, ppo);

/** What a GRPO step is measured on. */
export type GrpoCommand = Pick<
  OurCommand,
  "folder" | "threads" | "rollouts" | "groupSize" | "tokens"
>;

/** The same with something around the source of its rollouts. */
export const grpoStepsFrom = (
  command: GrpoCommand,
  around: (source: RolloutSource) => RolloutSource,
): Promise<PreparedWork> => rolloutSteps(command, grpo, around);

async function rolloutSteps(
  { folder, threads, rollouts, groupSize, tokens }: GrpoCommand,
  method: typeof grpo | typeof rloo | typeof ppo,
  around: (source: RolloutSource) => RolloutSource = (source) => source,
): Promise<PreparedWork> {
  const engine = await openEngine(folder, { threads });
  // Without stop tokens every answer is as long as asked for; prompts are the plain text, as the other side's are.
  const renderer: Renderer = {
    ...engine.renderer,
    stopTokens: [],
    prompt: (messages) => engine.renderer.encode(messages.map(({ content }) => content).join("")),
  };
  const chatModel = policyChatModels({ renderer, sampling: { maxTokens: tokens } });
  const runner = rolloutRunner({
    agent: async ({ text }: Exercise, { model }) =>
      (await model.chat([{ role: "user", content: text }])).content,
    reward: ({ answer }) => (new Set(answer).size % 7) / 7,
    chatModel,
    concurrency: rollouts,
  });
  const tasks = equations(1000).map((text, i): Exercise => ({ id: `equation ${i}`, text }));
  const algorithm = method({
    steps: ENOUGH_STEPS,
    groupSize,
    groupsPerStep: rollouts / groupSize,
    learningRate: 1e-5,
  });
  return steps(engine, algorithm, around(rolloutSource({ tasks, runner })), (metrics) => {
    if (metrics["updates"] !== (method === ppo ? 4 : 1))
      throw new Error(`a step with ${metrics["updates"]} updates`);
  });
}

interface Exercise {
  readonly id: string;
  readonly text: string;
}

/** One SFT step on rows of the given `lengths`, the loss on the last two thirds of each. */
export async function sftSteps({
  folder,
  threads,
  lengths,
  shape,
}: OurCommand): Promise<PreparedWork> {
  const engine = await openEngine(folder, { threads });
  const random = new Random("rows");
  const rows = lengths.map((length) => ({
    tokens: Array.from({ length }, () => random.integer(3, shape.vocabulary - 1)),
    mask: Array.from({ length }, (_, t) => (t < Math.floor(length / 3) ? 0 : 1)),
  }));
  const algorithm = sft({ rows, steps: ENOUGH_STEPS, batchSize: rows.length, learningRate: 1e-5 });
  const nothing = { groups: () => Promise.reject(new Error("SFT asks for no rollouts")) };
  return steps(engine, algorithm, nothing, () => undefined);
}

async function steps(
  engine: Engine,
  algorithm: Algorithm,
  rollouts: AlgorithmParts["rollouts"],
  check: (metrics: TrainStep["metrics"]) => void,
): Promise<PreparedWork> {
  const training = await engine.createTrainingClient({ lora: false });
  const { renderer } = engine;
  const critic =
    algorithm.needsCritic === true
      ? { critic: await engine.createTrainingClient({ lora: false, head: "value" }) }
      : {};
  const parts = { training, ...critic, rollouts, renderer, seed: 0, startStep: 0 };
  const generator = algorithm.run(parts);
  return {
    async repetition() {
      const { value } = await generator.next();
      if (value === undefined) throw new Error(`${algorithm.name} ended`);
      check(value.metrics);
    },
    async close() {
      await generator.return();
      await engine.close();
    },
  };
}
