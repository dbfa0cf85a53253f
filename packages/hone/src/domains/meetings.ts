/** Meetings of two people at a conference, whose success is predicted with tools. The model and its numbers: meetings/README.md. */
export type { Attendee, Meeting } from "./meetings/attributes.ts";
export { type Ceiling, type Ceilings, meetingCeilings } from "./meetings/ceilings.ts";
export { meetingEnvironment, type MeetingEnvironmentOptions } from "./meetings/environment.ts";
export {
  explorerEpisodes,
  meetingExpert,
  type MeetingExpertOptions,
  meetingExplorer,
} from "./meetings/expert.ts";
export {
  compactMeetingFormat,
  instructedMeetingFormat,
  instructedTextFormat,
} from "./meetings/format.ts";
export { type Factor, factorWeights, type Truth, truthOf } from "./meetings/model.ts";
export { formatPrediction, parsePrediction, type Prediction } from "./meetings/prediction.ts";
export {
  calculateReward,
  meetingReward,
  type MeetingResult,
  type MeetingReward,
} from "./meetings/rewards.ts";
export {
  meetingCsv,
  type MeetingFile,
  type MeetingRow,
  meetingRows,
  readMeetingCsv,
} from "./meetings/rows.ts";
export {
  type MeetingSplit,
  meetingSplitOf,
  type MeetingTask,
  meetingTask,
  meetingTasks,
  type MeetingTasksOptions,
  meetingText,
} from "./meetings/tasks.ts";
export { meetingToolSet } from "./meetings/tool-set.ts";
