/** Repositories with failing tests, as a domain for every command that takes one. */
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { sweEnvironment, sweMaxActions, sweTools } from "./environment.ts";
import { sweExpert } from "./expert.ts";
import { compactSweFormat, instructedSweFormat } from "./format.ts";
import { repositoryText } from "./repository-text.ts";
import { sweReward } from "./rewards.ts";
import { type SweLevel, type SweTask, sweTask, sweTasks } from "./tasks.ts";

/** Repositories with failing tests: tasks, environment, reward, expert and wording. */
export const sweDomain = repositoryDomain();

/** Repositories with failing tests. The processes of their tests and scripts stay from one episode to the next. */
function repositoryDomain(): DomainDefinition<SweTask> {
  const tools = sweTools();
  return defineDomain({
    levels: 3,
    // sweTasks refuses levels that do not exist.
    tasks: ({ levels, ...rest }) => sweTasks({ ...rest, levels: levels as readonly SweLevel[] }),
    environment: (options) => sweEnvironment({ ...options, tools }),
    maxActions: sweMaxActions,
    reward: (rollout) => sweReward(rollout, tools),
    expert: sweExpert,
    problem: sweTask,
    problemText: (task) => `${task.issue}\n\n${repositoryText(task)}`,
    format: { compact: compactSweFormat, instructed: instructedSweFormat },
    close: async () => {
      await Promise.all([tools.runner.close(), tools.shell.close()]);
    },
  });
}
