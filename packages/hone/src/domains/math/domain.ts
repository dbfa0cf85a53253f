/** Linear equations, as a domain for every command that takes one. */
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { compactMathFormat, instructedMathFormat } from "./format.ts";
import { mathEnvironment, mathMaxActions } from "./environment.ts";
import { mathExpert } from "./expert.ts";
import { mathReward } from "./rewards.ts";
import { equationTasks, type EquationTask, type MathLevel, mathProblem } from "./tasks.ts";

/** Linear equations: tasks, environment, reward, expert and wording. */
export const mathDomain: DomainDefinition<EquationTask> = defineDomain({
  levels: 5,
  // equationTasks refuses levels that do not exist.
  tasks: ({ levels, ...rest }) =>
    equationTasks({ ...rest, levels: levels as readonly MathLevel[] }),
  environment: mathEnvironment,
  maxActions: mathMaxActions,
  reward: mathReward,
  expert: mathExpert,
  problem: mathProblem,
  problemText: ({ equation }) => equation,
  format: { compact: compactMathFormat, instructed: instructedMathFormat },
});
