/** Works on preferences: a repetition is one step on rows that were not seen before, the reference's log-probs included. */
import { dpo } from "../../packages/hone/src/algorithms/preferences/dpo.ts";
import { kto } from "../../packages/hone/src/algorithms/preferences/kto.ts";
import type { SupervisedRow } from "../../packages/hone/src/algorithms/blocks/datums.ts";
import { Random } from "../../packages/hone/src/core/random.ts";
import { openEngine } from "../../packages/hone/src/engine/engine.ts";
import type { Algorithm } from "../../packages/hone/src/ports/algorithm.ts";
import type { OurCommand, PreparedWork } from "./conversation.ts";

/** Tokens of a prompt; what follows in a row is the answer. */
const PROMPT = 16;
const learning = { steps: 1, learningRate: 1e-6 };

/** One DPO step on a pair for each of the `lengths`; the rejected sides have the same lengths the other way round. */
export const dpoSteps = (command: OurCommand): Promise<PreparedWork> =>
  stepsOn(command, (random) => {
    const { lengths } = command;
    const rows = lengths.map((length, i) => {
      const prompt = tokensOf(command, random, PROMPT);
      return {
        chosen: rowOf(command, random, { prompt, length }),
        rejected: rowOf(command, random, { prompt, length: lengths.at(-1 - i)! }),
      };
    });
    return dpo({ ...learning, rows, batchSize: rows.length });
  });

/** One KTO step on an answer of each of the `lengths`, every second one desirable. */
export const ktoSteps = (command: OurCommand): Promise<PreparedWork> =>
  stepsOn(command, (random) => {
    const rows = command.lengths.map((length, i) => {
      const prompt = tokensOf(command, random, PROMPT);
      return { ...rowOf(command, random, { prompt, length }), isDesirable: i % 2 === 0 };
    });
    return kto({ ...learning, rows, batchSize: rows.length });
  });

async function stepsOn(
  { folder, threads }: OurCommand,
  algorithmOn: (random: Random) => Algorithm,
): Promise<PreparedWork> {
  const engine = await openEngine(folder, { threads });
  const training = await engine.createTrainingClient({ lora: false });
  const reference = await training.saveWeightsForSampler("reference");
  const rollouts = { groups: () => Promise.reject(new Error("no rollouts are asked for")) };
  const parts = { training, reference, rollouts, renderer: engine.renderer };
  let repetition = 0;
  return {
    async repetition() {
      const algorithm = algorithmOn(new Random("rows", repetition++));
      const steps = algorithm.run({ ...parts, seed: 0, startStep: 0 });
      const { value } = await steps.next();
      if (value?.metrics["loss"] === undefined)
        throw new Error(`${algorithm.name} learned nothing`);
      await steps.return();
    },
    close: () => engine.close(),
  };
}

const tokensOf = ({ shape }: OurCommand, random: Random, count: number): number[] =>
  Array.from({ length: count }, () => random.integer(3, shape.vocabulary - 1));

function rowOf(
  command: OurCommand,
  random: Random,
  { prompt, length }: { readonly prompt: readonly number[]; readonly length: number },
): SupervisedRow {
  const tokens = [...prompt, ...tokensOf(command, random, length - prompt.length)];
  return { tokens, mask: tokens.map((_, t) => (t < prompt.length ? 0 : 1)) };
}
