/** Questions of several hops, answered from documents that are searched and read. Rules and rewards: mhqa/README.md. */
export {
  type Corpora,
  type Corpus,
  type CorpusDocument,
  type CorpusSource,
  openCorpora,
} from "./mhqa/corpus.ts";
export { questionEnvironment, type QuestionEnvironmentOptions } from "./mhqa/environment.ts";
export { questionExpert, type QuestionExpertOptions } from "./mhqa/expert.ts";
export { type FinalAnswer, formatFinal, parseFinal } from "../environments/final-answer.ts";
export { compactQuestionFormat, instructedQuestionFormat } from "./mhqa/format.ts";
export { questionEpisodeReward, questionReward } from "./mhqa/rewards.ts";
export {
  type Hop,
  type QuestionLevel,
  type QuestionSplit,
  questionSplitOf,
  questionTask,
  type QuestionTask,
  questionTasks,
  type QuestionTasksOptions,
} from "./mhqa/tasks.ts";
export { type Fact, makeWorld, type World } from "./mhqa/world.ts";
