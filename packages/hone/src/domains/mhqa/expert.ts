/** A scripted expert for questions: searches, reads, states each fact that it needs, answers; makes mistakes at a given rate. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random } from "../../core/random.ts";
import { searchWords } from "../../core/search-words.ts";
import type { ActionAgent } from "../../environments/run-episode.ts";
import type { Action, EpisodeStep } from "../../ports/environment.ts";
import { NOTHING } from "./corpus.ts";
import { formatFinal } from "../../environments/final-answer.ts";
import { speaksOf } from "../../environments/open-question.ts";
import { type Chain, parseQuestion } from "./questions.ts";
import { filled, pattern, relationNames, relations } from "./relations.ts";
import type { Fact } from "./world.ts";

/** How often, and at which seed, the expert makes mistakes. */
export interface QuestionExpertOptions {
  /** Share of actions that are wrong, in [0, 1]. Default 0. */
  readonly mistakeRate?: number;
  /** Decides which actions are wrong, and how. Default 0. */
  readonly seed?: number;
}

/**
 * An expert for `questionEnvironment`, which reads only what the environment says. Without mistakes it answers every question
 * about a world. A question of other words it answers with the sentence of two documents that has most of its words.
 * @throws OPTION_INVALID for an unknown option or a rate outside [0, 1]
 * @example await runEpisode(questionEnvironment(), questionTask("Who wrote Umbrella?"), questionExpert());
 */
export function questionExpert(options: QuestionExpertOptions = {}): ActionAgent {
  checkOptions("questionExpert", options, { mistakeRate: true, seed: true });
  const { mistakeRate = 0, seed = 0 } = options;
  optionChecks("questionExpert").share("mistakeRate", mistakeRate);
  return {
    selectAction(state, _validActions, steps) {
      const question = steps[0]?.state ?? state;
      const random = new Random("mhqa expert", seed, steps.length, state);
      const chain = parseQuestion(question);
      const right = (chain && rightAction(chain, steps)) ?? plainAction(question, steps);
      return random.uniform() < mistakeRate ? mistake(right, steps, random) : right;
    },
  };
}

/** The next action on the way along a chain, from all that was said before; undefined where no document states its next fact. */
function rightAction(chain: Chain, steps: readonly EpisodeStep[]): Action | undefined {
  const known = factsRead(steps);
  const used: Fact[] = [];
  let name = chain.start;
  for (const relation of chain.relations) {
    const fact = known.find((one) => one.relation === relation && one.subject === name);
    if (!fact) return lookFor(name, relations[relation].words, steps);
    const reason = reasonOf(fact);
    if (!said(steps, "reason").includes(reason)) return { name: "reason", argument: reason };
    used.push(fact);
    name = fact.object;
  }
  const sources = [...new Set(used.map(({ document }) => document))];
  return { name: "finalize", argument: formatFinal({ answer: name, sources }) };
}

const reasonOf = ({ relation, subject, object }: Fact): string =>
  `${filled(relations[relation].phrase, subject)} is ${object}`;

/** Arguments of the actions of a name that were taken. */
const said = (steps: readonly EpisodeStep[], name: string): readonly string[] =>
  steps.flatMap(({ action }) => (action.name === name ? [action.argument ?? ""] : []));

/** A search, or the reading of the first document that it showed and that was not read; undefined where all were read. */
function lookFor(
  subject: string,
  words: readonly string[],
  steps: readonly EpisodeStep[],
): Action | undefined {
  const read = said(steps, "read");
  for (const query of [...words.map((word) => `${subject} ${word}`), subject]) {
    const search = steps.find(
      ({ action }) => action.name === "search" && action.argument === query,
    );
    if (!search) return { name: "search", argument: query };
    const next = search.nextState.split("; ").find((title) => !read.includes(title));
    if (next !== undefined) return { name: "read", argument: next };
  }
  return undefined;
}

/** The facts in all texts that were read. */
const factsRead = (steps: readonly EpisodeStep[]): readonly Fact[] =>
  steps.flatMap(({ action, nextState }) =>
    action.name === "read" ? factsIn(nextState, action.argument ?? "") : [],
  );

function factsIn(text: string, document: string): readonly Fact[] {
  return sentencesOf(text).flatMap((sentence) =>
    statements.flatMap(({ relation, expression }): readonly Fact[] => {
      const { S: subject, O: object } = expression.exec(sentence)?.groups ?? {};
      const isStated = subject !== undefined && object !== undefined;
      return isStated ? [{ relation, subject, object, document }] : [];
    }),
  );
}

const statements = relationNames.flatMap((relation) =>
  relations[relation].sentences.map((template) => ({
    relation,
    expression: pattern(template, "\\w+"),
  })),
);

/** Documents that are read for a question in other words. */
const plainReadings = 2;

/** How the expert answers a question in other words than a world's: by the sentence, in the first documents found, that shares most words with it. */
function plainAction(question: string, steps: readonly EpisodeStep[]): Action {
  if (steps.length === 0) return { name: "search", argument: question };
  const found = steps[0]!.nextState.split("; ").slice(0, plainReadings);
  const read = said(steps, "read");
  const next = found.find((title) => !read.includes(title));
  if (next !== undefined && steps[0]!.nextState !== NOTHING)
    return { name: "read", argument: next };
  const best = bestSentence(question, steps);
  if (!best || !speaksOf(best.text, question)) return { name: "finalize", argument: "not known" };
  if (said(steps, "reason").length === 0) return { name: "reason", argument: best.sentence };
  const answer = best.sentence.replace(/[.;[\]]/g, "");
  return { name: "finalize", argument: formatFinal({ answer, sources: [best.title] }) };
}

/** The sentence that was read and shares most words with the question, the earliest of several. */
function bestSentence(question: string, steps: readonly EpisodeStep[]) {
  const asked = new Set(searchWords(question));
  const shared = (sentence: string): number =>
    new Set(searchWords(sentence).filter((word) => asked.has(word))).size;
  const sentences = steps.flatMap(({ action, nextState }) =>
    action.name === "read"
      ? sentencesOf(nextState).map((sentence) => ({
          ...{ sentence, title: action.argument ?? "", text: nextState },
        }))
      : [],
  );
  return sentences.toSorted((a, b) => shared(b.sentence) - shared(a.sentence))[0];
}

/** Sentences end with a sign and a space, but not behind an initial. */
const sentencesOf = (text: string): readonly string[] => text.split(/(?<=[^A-Z][.!?]) +/);

/** A mistake in place of the right action: a search for one word less, another document, the wrong fact, an answer too early. */
function mistake(right: Action, steps: readonly EpisodeStep[], random: Random): Action {
  const { name, argument = "" } = right;
  const shown = steps.flatMap(({ action, nextState }) =>
    action.name === "search" ? nextState.split("; ") : [],
  );
  const names = steps
    .map(({ nextState }) => nextState)
    .join(" ")
    .match(/\b[A-Z]\w+/g) ?? ["Ada"];
  if (name === "search") return { name, argument: argument.split(" ").at(-1)! };
  if (name === "read") return { name, argument: random.pick(shown) };
  if (name === "reason" && random.uniform() < 0.5)
    return { name, argument: argument.replace(/\w+$/, random.pick(names)) };
  return {
    name: "finalize",
    argument: formatFinal({ answer: random.pick(names), sources: shown.slice(0, 1) }),
  };
}
