/** Questions about captions, as a domain for every command that takes one. */
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { videoEnvironment, videoMaxActions } from "./environment.ts";
import { videoExpert } from "./expert.ts";
import { compactVideoFormat, instructedVideoFormat } from "./format.ts";
import { videoReward } from "./rewards.ts";
import { type VideoLevel, type VideoTask, videoTask, videoTasks } from "./tasks.ts";

/** Questions about captions: tasks, environment, reward, expert and wording. */
export const videoDomain: DomainDefinition<VideoTask> = defineDomain({
  levels: 3,
  // videoTasks refuses levels that do not exist.
  tasks: ({ levels, ...rest }) => videoTasks({ ...rest, levels: levels as readonly VideoLevel[] }),
  environment: videoEnvironment,
  maxActions: videoMaxActions,
  reward: videoReward,
  expert: videoExpert,
  problem: videoTask,
  problemText: ({ question, captions }) => `${question}\n\n${captions}`,
  format: { compact: compactVideoFormat, instructed: instructedVideoFormat },
});
