/**
 * Questions about worlds as tasks, by level: a question of level n takes n hops.
 *
 * The splits share neither worlds nor questions: of ten worlds, by their number, seven are to learn from, one is for validation and two
 * are for tests; and a hash of the name and the relations of a question decides in the same way in which split it is asked, whatever
 * the world and the wording.
 */
import { HoneError } from "../../core/errors.ts";
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random, randomBits } from "../../core/random.ts";
import type { Task } from "../../core/rollout.ts";
import { searchWords } from "../../core/search-words.ts";
import { openQuestionWarning } from "../../environments/open-question.ts";
import type { CorpusSource } from "./corpus.ts";
import { libraryDocuments } from "./library.ts";
import { type Chain, drawChain, factsOfChain, parseQuestion, questionText } from "./questions.ts";
import { makeWorld } from "./world.ts";

/** Number of hops of a question, from 1 to 3. */
export type QuestionLevel = 1 | 2 | 3;

/** A fact on the way to an answer. */
export interface Hop {
  /** The title of the document that states it. */
  readonly document: string;
  /** The names in the fact, which a reason about it mentions. */
  readonly mentions: readonly string[];
}

/** The task to answer one question from documents. */
export interface QuestionTask extends Task, CorpusSource {
  /** What is asked, as the agent reads it. */
  readonly question: string;
  /** The answer. Where it is not known, an answer counts that stands in a document which it cites. */
  readonly answer?: string;
  /** The facts that lead to the answer, the first one first. Default: not known. */
  readonly hops?: readonly Hop[];
  /** The number of hops of a question about a world. */
  readonly level?: number;
  /** What the user is to know about the question. */
  readonly warnings?: readonly string[];
}

/** The parts into which questions are split. */
export const questionSplits = ["train", "validation", "test"] as const;

/** A part into which questions are split. */
export type QuestionSplit = (typeof questionSplits)[number];

/** Which questions `questionTasks` draws. */
export interface QuestionTasksOptions {
  /** The split to draw from. */
  readonly split: QuestionSplit;
  /** How many questions to make. */
  readonly count: number;
  /** Levels to draw from, in turn. Default [1]. */
  readonly levels?: readonly QuestionLevel[];
  /** Decides which questions are drawn. Default 0. */
  readonly seed?: number;
}

/** Worlds that questions are drawn from. */
const worldCount = 1_000_000;

/**
 * Different questions of one split, each about a world of its own. The same options give the same tasks.
 * @throws OPTION_INVALID for an option that is unknown or out of its range
 * @example questionTasks({ split: "test", count: 2, seed: 1 }).map(({ question }) => question);
 */
export function questionTasks(options: QuestionTasksOptions): readonly QuestionTask[] {
  const where = "questionTasks";
  checkOptions(where, options, { split: true, count: true, levels: true, seed: true });
  const { split, count, levels = [1], seed = 0 } = options;
  const check = optionChecks(where);
  check.oneOf("split", split, questionSplits);
  check.whole("count", count, { min: 1, max: worldCount / 100 });
  check.whole("seed", seed);
  for (const level of check.list("levels", levels)) check.oneOf("levels", level, [1, 2, 3]);
  const random = new Random("mhqa questions", seed, split);
  const tasks = new Map<number, QuestionTask>();
  while (tasks.size < count) {
    const number = random.integer(0, worldCount - 1);
    if (splitOfPlace(number) !== split || tasks.has(number)) continue;
    const world = makeWorld(number);
    const chain = drawChain(world, levels[tasks.size % levels.length]!, random);
    if (splitOfChain(chain) !== split) continue;
    tasks.set(number, taskOf(number, chain, random.integer(0, 1)));
  }
  return [...tasks.values()];
}

function taskOf(number: number, chain: Chain, form: number): QuestionTask {
  const facts = factsOfChain(makeWorld(number), chain)!;
  const question = questionText(chain, form);
  return {
    id: `mhqa-${facts.length}:${number}:${question.replace(/\W+/g, "-").toLowerCase()}`,
    question,
    world: number,
    answer: facts.at(-1)!.object,
    hops: facts.map(({ document, subject, object }) => ({ document, mentions: [subject, object] })),
    level: facts.length,
  };
}

const splitOfPlace = (number: number): QuestionSplit =>
  number % 10 < 7 ? "train" : number % 10 === 7 ? "validation" : "test";

const splitOfChain = ({ start, relations }: Chain): QuestionSplit =>
  splitOfPlace(randomBits("mhqa question", start, ...relations));

/**
 * The split that a question is asked in, whatever the world; undefined for a question that is about no world.
 * @example questionSplitOf("Who wrote Ember?"); // "train"
 */
export function questionSplitOf(question: string): QuestionSplit | undefined {
  const chain = parseQuestion(question);
  return chain && splitOfChain(chain);
}

/** The world that questions of one's own are asked about; one of those for tests. */
const SAMPLE_WORLD = 8;

/**
 * The task of a question of your own.
 *
 * A question in the wording of the generated worlds is about the sample world, or about the world whose number the text begins with. Any other
 * question, and one about a name that the library has and the sample world has not, is about the text that follows after an empty line, or else
 * about the sample library; its right answer is not known, as its warnings say.
 * @param text  such as "Who wrote Umbrella?", "world 17: Who wrote Ember?" or "Who wrote The Hobbit?"
 * @throws QUESTION_INVALID when it is empty, or neither the world nor the library has its names
 * @example questionTask("Who wrote Umbrella?");
 */
export function questionTask(text: string): QuestionTask {
  const [, number, said = ""] = /^\s*(?:world (\d{1,9}):)?\s*(.*)$/s.exec(text) ?? [];
  const [question = "", ...behind] = said.split(/\n\s*\n/).map((part) => part.trim());
  const chain = parseQuestion(question);
  if (question === "") throw invalid(question, "it is empty");
  if (behind.length === 0 && chain && !isOfLibrary(chain, number))
    return worldTask(question, chain, number);
  if (number !== undefined) throw invalid(question, "it is none of the questions about a world");
  const own = behind.length === 0 ? {} : { text: behind.join("\n\n") };
  const warnings = [
    ...(chain && behind.length === 0
      ? [`it is asked of the sample library, since world ${SAMPLE_WORLD} has no ${chain.start}`]
      : []),
    openQuestionWarning,
  ];
  return { id: `mhqa:${randomBits("mhqa own", text).toString(36)}`, question, ...own, warnings };
}

/** Whether a question that names no world is about a name that the sample library has, and the sample world has not. */
const isOfLibrary = ({ start }: Chain, number: string | undefined): boolean =>
  number === undefined &&
  !Object.values(makeWorld(SAMPLE_WORLD).names).flat().includes(start) &&
  libraryDocuments.some(({ text }) => searchWords(text).includes(start.toLowerCase()));

/** @param given  the number of the world, where the text has one */
function worldTask(question: string, chain: Chain, given: string | undefined): QuestionTask {
  const number = Number(given ?? SAMPLE_WORLD);
  const world = makeWorld(number);
  if (factsOfChain(world, chain)) return { ...taskOf(number, chain, 0), question };
  const { work, person, place } = world.names;
  const names = `world ${number} knows no answer; it has ${[...work, ...person, ...place].join(", ")}`;
  if (given !== undefined) throw invalid(question, names);
  const titles = libraryDocuments.map(({ title }) => title).join(", ");
  throw invalid(question, `${names}; nor does the sample library, which has ${titles}`);
}

const invalid = (question: string, problem: string): HoneError =>
  new HoneError("QUESTION_INVALID", { question: question.slice(0, 80), problem });

/** A task as `questionTask` reads it. @example problemOf(task); // "world 17: Who wrote Ember?" */
export function problemOf({ world, question, text }: QuestionTask): string {
  if (world !== undefined) return `world ${world}: ${question}`;
  return text === undefined ? question : `${question}\n\n${text}`;
}
