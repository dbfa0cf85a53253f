/** Short texts, planned, written and corrected by discrete actions. Rules and rewards: writing/README.md. */
export { assess, type Assessment, type Draft, qualityWeights } from "./writing/assess.ts";
export { type Brief, type Form, formatBrief, parseBrief } from "./writing/brief.ts";
export {
  writingEnvironment,
  type WritingEnvironmentOptions,
  writingRewards,
} from "./writing/environment.ts";
export { writingExpert, type WritingExpertOptions } from "./writing/expert.ts";
export { compactWritingFormat, instructedWritingFormat } from "./writing/format.ts";
export { smallLanguage, type Tone, toneWords } from "./writing/lexicon.ts";
export { draftOf, writingEpisodeReward, writingReward, writtenText } from "./writing/rewards.ts";
export { type CheckedSentence, checkSentences, type SentenceFault } from "./writing/sentences.ts";
export {
  splitOf,
  type WritingLevel,
  type WritingTask,
  writingTask,
  writingTasks,
  type WritingTasksOptions,
} from "./writing/tasks.ts";
