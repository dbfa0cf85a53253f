/** Our side of the benchmark: does through the engine what peers/peer.py does in Python. One work per process. */
import { converse, type OurCommand, type PreparedWork } from "./conversation.ts";
import { product, sample, train } from "./plain-works.ts";
import { grpoSteps, ppoSteps, rlooSteps, sftSteps } from "./algorithm-works.ts";
import { dpoSteps, ktoSteps } from "./preference-works.ts";

const prepare: Readonly<Record<string, (command: OurCommand) => Promise<PreparedWork>>> = {
  train: (command) => train(command, false),
  lora: (command) =>
    train(command, { rank: command.rank, alpha: 2 * command.rank, targetModules: command.targets }),
  sample,
  product,
  grpo: grpoSteps,
  sft: sftSteps,
  dpo: dpoSteps,
  kto: ktoSteps,
  rloo: rlooSteps,
  ppo: ppoSteps,
};

await converse((command) => {
  const work = prepare[command.work];
  if (work === undefined) throw new Error(`unknown work ${command.work}`);
  return work(command);
});
