/**
 * The environment of questions: an agent searches documents, reads them, states what it found and answers with its sources.
 *
 *     Where was the author of Umbrella born? → search Umbrella author → Umbrella; Quarry; Wanda; Solstice → read Umbrella
 *        → Lars is the author of Umbrella. … → reason the author of Umbrella is Lars → noted → search Lars birthplace
 *        → Lars; Nils; Sven; Xavier → read Lars → Corvo is the birthplace of Lars. … → reason the birthplace of Lars is Corvo → noted
 *        → finalize Corvo [Umbrella; Lars] → right
 *
 * Each step pays by how much the score of the episode rises (`scoreActions`), so reading or stating something again earns nothing.
 */
import { checkOptions } from "../../core/known-options.ts";
import { searchWords } from "../../core/search-words.ts";
import { type ActionOutcome, afterTheEnd, episodeEnd } from "../../environments/episode-end.ts";
import type { Action, SynchronousEnvironment } from "../../ports/environment.ts";
import { type Corpora, type Corpus, NOTHING, openCorpora } from "./corpus.ts";
import { parseFinal } from "../../environments/final-answer.ts";
import {
  INVALID_COST,
  type Problem,
  problemText,
  scoreActions,
  type TakenAction,
} from "./rewards.ts";
import type { QuestionTask } from "./tasks.ts";

/** Actions until an episode is cut off, by default. */
export const questionMaxActions = 20;

/** The limits of `questionEnvironment`. */
export interface QuestionEnvironmentOptions {
  /** Actions until the episode is cut off. Default 20. */
  readonly maxActions?: number;
  /** The corpora that episodes share. Default: those of the environment alone. */
  readonly corpora?: Corpora;
}

/**
 * A new environment of questions, for one episode at a time. README.md has actions and rewards.
 *
 * @throws OPTION_INVALID for an unknown option or a `maxActions` that is not a whole number of at least 1; CORPUS_UNREADABLE from
 *         `reset` for a task about a folder without texts
 * @example
 * const environment = questionEnvironment();
 * environment.reset(questionTask("Who wrote Umbrella?"), 0);
 * environment.step({ name: "search", argument: "Umbrella author" }).observation; // titles of documents
 */
export function questionEnvironment(
  options: QuestionEnvironmentOptions = {},
): SynchronousEnvironment<QuestionTask> {
  const where = "questionEnvironment";
  checkOptions<object>(where, options, { maxActions: true, corpora: true });
  const { maxActions = questionMaxActions, corpora = openCorpora() } = options;
  const end = episodeEnd(where, maxActions);
  let progress: Progress | undefined;
  return {
    reset(task) {
      const corpus = corpora.open(task);
      // A folder that cannot be read is found out here, and not in the middle of the episode.
      corpus.search(task.question);
      progress = { task, corpus, found: new Set(), taken: [], score: 0 };
      end.begin();
      return task.question;
    },
    validActions: () => (progress && !end.isOver() ? actionNames(progress) : []),
    step: (action) =>
      progress && !end.isOver() ? end.result(outcomeOf(progress, action)) : afterTheEnd,
  };
}

/** How far an episode is. */
interface Progress {
  readonly task: QuestionTask;
  readonly corpus: Corpus;
  /** Titles that searches have shown. Only these can be read. */
  readonly found: Set<string>;
  readonly taken: TakenAction[];
  /** What was paid until now, without costs. */
  score: number;
}

const actionNames = ({ found }: Progress): readonly string[] => [
  "search",
  ...(found.size > 0 ? ["read"] : []),
  "reason",
  "finalize",
];

function outcomeOf(progress: Progress, action: Action): ActionOutcome {
  const answer = answerTo(progress, action);
  const isValid = typeof answer === "string";
  const observation = isValid ? answer : problemText(answer.problem);
  progress.taken.push({ action, observation, isValid });
  const { total, completion } = scoreActions(progress.task, progress.taken);
  const gained = total - progress.score;
  progress.score = total;
  const isSuccess = completion === 1;
  const isEnd = isValid && action.name === "finalize";
  return {
    observation: isEnd ? (isSuccess ? "right" : "wrong") : observation,
    reward: isValid ? gained : INVALID_COST,
    isEnd,
    isSuccess,
    isValid,
  };
}

/** What the agent reads, or why the action cannot be taken. */
type Answer = string | { readonly problem: Problem };

function answerTo({ corpus, found }: Progress, { name, argument = "" }: Action): Answer {
  const text = argument.trim();
  switch (name) {
    case "search": {
      if (searchWords(text).length === 0) return { problem: "noWords" };
      const titles = corpus.search(text);
      for (const title of titles) found.add(title);
      return titles.join("; ") || NOTHING;
    }
    case "read":
      if (!found.has(text)) return { problem: "unseenTitle" };
      return corpus.read(text) ?? { problem: "noDocument" };
    case "reason":
      return text === "" ? { problem: "noWords" } : "noted";
    case "finalize":
      return parseFinal(text).answer === "" ? { problem: "noAnswer" } : "answered";
    default:
      return { problem: "unknownAction" };
  }
}
