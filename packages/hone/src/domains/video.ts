/** Questions about captions of videos, answered by three agents. Rules and rewards: video/README.md. */
export { type Captions, readCaptions } from "./video/captions.ts";
export type { Cue } from "./video/cue.ts";
export {
  videoAgents,
  videoEnvironment,
  type VideoEnvironmentOptions,
} from "./video/environment.ts";
export { videoExpert, type VideoExpertOptions } from "./video/expert.ts";
export { compactVideoFormat, instructedVideoFormat } from "./video/format.ts";
export { type Question, type QuestionKind, type Solution } from "./video/questions.ts";
export { videoEpisodeReward, videoReward } from "./video/rewards.ts";
export { sampleCaptions } from "./video/samples.ts";
export { scoreVideo, type OpenedVideo, type VideoScore } from "./video/score.ts";
export {
  splitOf,
  type VideoLevel,
  type VideoTask,
  videoTask,
  videoTasks,
  type VideoTasksOptions,
} from "./video/tasks.ts";
