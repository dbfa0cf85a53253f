/** Briefs for short texts, as a domain for every command that takes one. */
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { compactWritingFormat, instructedWritingFormat } from "./format.ts";
import { writingEnvironment, writingMaxActions } from "./environment.ts";
import { writingExpert } from "./expert.ts";
import { writingReward, writtenText } from "./rewards.ts";
import { type WritingLevel, type WritingTask, writingTask, writingTasks } from "./tasks.ts";

/** Briefs for short texts: tasks, environment, reward, expert and wording. */
export const writingDomain: DomainDefinition<WritingTask> = defineDomain({
  levels: 3,
  // writingTasks refuses levels that do not exist.
  tasks: ({ levels, ...rest }) =>
    writingTasks({ ...rest, levels: levels as readonly WritingLevel[] }),
  environment: writingEnvironment,
  maxActions: writingMaxActions,
  reward: writingReward,
  expert: writingExpert,
  problem: writingTask,
  problemText: ({ brief }) => brief,
  solution: writtenText,
  format: { compact: compactWritingFormat, instructed: instructedWritingFormat },
});
