/** Measures the held-out tasks of an experiment with an adapter, in a process of its own. Argument: JSON; prints a `Score`. */
import { evaluate } from "../../../packages/hone/src/app/training/evaluate-agent.ts";
import type { TrainOptions } from "../../../packages/hone/src/app/training/train-options.ts";
import type { Task } from "../../../packages/hone/src/core/rollout.ts";
import { type ExperimentName, experimentOf } from "./experiments.ts";
import { scoreOf } from "./step-line.ts";

const { experiment, model, adapter } = JSON.parse(process.argv[2]!) as {
  readonly experiment: ExperimentName;
  readonly model: string;
  readonly adapter: string;
};

async function measure<T extends Task, Answer>({
  agent,
  tasks,
  reward,
}: TrainOptions<T, Answer>): Promise<void> {
  const measured = await evaluate({
    model,
    adapter,
    agent,
    tasks: tasks.test,
    reward,
    deadline: 3600,
  });
  console.log(JSON.stringify(scoreOf(measured)));
}

const { name, options } = experimentOf(experiment, model, 0);
await (name === "a" ? measure(options) : measure(options));
