/** Questions over documents, as a domain for every command that takes one. */
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { openCorpora } from "./corpus.ts";
import { questionEnvironment, questionMaxActions } from "./environment.ts";
import { questionExpert } from "./expert.ts";
import { compactQuestionFormat, instructedQuestionFormat } from "./format.ts";
import { questionReward } from "./rewards.ts";
import {
  problemOf as questionProblem,
  type QuestionLevel,
  questionTask,
  type QuestionTask,
  questionTasks,
} from "./tasks.ts";

/** Questions over documents: tasks, environment, reward, expert and wording. */
export const mhqaDomain = questionDomain();

/** Questions over documents. Indexes of documents stay open from one episode to the next. */
function questionDomain(): DomainDefinition<QuestionTask> {
  const corpora = openCorpora();
  return defineDomain({
    levels: 3,
    // questionTasks refuses levels that do not exist.
    tasks: ({ levels, ...rest }) =>
      questionTasks({ ...rest, levels: levels as readonly QuestionLevel[] }),
    environment: (options) => questionEnvironment({ ...options, corpora }),
    maxActions: questionMaxActions,
    reward: questionReward,
    expert: questionExpert,
    problem: questionTask,
    problemText: questionProblem,
    format: { compact: compactQuestionFormat, instructed: instructedQuestionFormat },
    close: () => corpora.close(),
  });
}
