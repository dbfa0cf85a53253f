/** Agents and rewards of a user's program, which play the rollouts of `train({ queue })` in its workers. */
import { HoneError } from "../../core/errors.ts";
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Task } from "../../core/rollout.ts";
import type { Agent } from "../../ports/agent.ts";
import type { RewardFunction } from "../../ports/reward.ts";
import { agentTasks, type RunnableTasks } from "../../rollouts/agent-tasks.ts";

/** The agent and the reward of a run, as a worker plays with them. `workProgram` makes it. */
export interface WorkProgram {
  /** Its tasks come from the queue. */
  readonly runnable: RunnableTasks;
}

/** Programs by the `name` of their runs. */
export type WorkPrograms = Readonly<Record<string, WorkProgram>>;

/**
 * The code of a run of `train({ queue })`, for the workers that play its rollouts. Give it the agent and the reward that the run is given:
 * a module that both programs import keeps them the same.
 *
 * @throws OPTION_INVALID
 * @example await work({ queue, programs: { shop: workProgram({ agent, reward }) } });
 */
export function workProgram<T extends Task, Answer>(program: {
  /** The `agent` of the run. */
  readonly agent: Agent<T, Answer>;
  /** The `reward` of the run. */
  readonly reward: RewardFunction<T, Answer>;
}): WorkProgram {
  checkOptions("workProgram", program, { agent: true, reward: true });
  const check = optionChecks("workProgram");
  check.callable("agent", program.agent);
  check.callable("reward", program.reward);
  return { runnable: agentTasks({ ...program, tasks: [] }) };
}

/** The tasks of a program as a worker plays them. @throws WORKER_PROGRAM_MISSING */
export function programTasks(name: string, programs: WorkPrograms): RunnableTasks {
  if (Object.hasOwn(programs, name)) return programs[name]!.runnable;
  const known = Object.keys(programs).join(", ") || "none";
  throw new HoneError("WORKER_PROGRAM_MISSING", { name, known });
}
