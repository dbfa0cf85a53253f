/**
 * The reward of an episode of questions:
 *
 *     total = 0.4 · completion + 0.2 · efficiency + 0.3 · quality + 0.1 · reasoning − 0.05 · invalid actions        (`trajectoryWeights`)
 *
 * README.md says what the parts are. Without a right answer there is no efficiency, so that giving up early is worth nothing.
 */
import { contentWords, searchWords } from "../../core/search-words.ts";
import type { Reward } from "../../core/rollout.ts";
import type { Action, Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { weighedParts } from "../../rewards/trajectory-reward.ts";
import { parseFinal } from "../../environments/final-answer.ts";
import { speaksOf } from "../../environments/open-question.ts";
import type { QuestionTask } from "./tasks.ts";

/** What an action costs that cannot be taken. */
export const INVALID_COST = -0.05;

/** Why an action cannot be taken. */
const problems = {
  noWords: "no words",
  unseenTitle: "no search has shown this title",
  noDocument: "no such document",
  noAnswer: "no answer",
  unknownAction: "unknown action",
} as const;

/** Names a reason why an action cannot be taken. */
export type Problem = keyof typeof problems;

/** What the agent reads of an action that cannot be taken. */
export const problemText = (problem: Problem): string => `invalid: ${problems[problem]}`;

const problemTexts: ReadonlySet<string> = new Set(
  Object.values(problems).map((one) => `invalid: ${one}`),
);

/** An action, what the environment said to it, and whether it could be taken. */
export interface TakenAction {
  readonly action: Action;
  readonly observation: string;
  readonly isValid: boolean;
}

/** What an episode is worth until now; each part is in [0, 1]. */
export interface QuestionScore {
  /** 1 for the right answer. */
  readonly completion: number;
  /** With the right answer the actions that it takes, of those that were taken; else 0. */
  readonly efficiency: number;
  /** The mean of hops and evidence. */
  readonly quality: number;
  /** Facts on the way that a reason stated after they had been read, of all. */
  readonly reasoning: number;
  /** Facts on the way whose document was read, of all. */
  readonly hops: number;
  /** How well the documents that the answer cites are those that it needs: the harmonic mean of precision and recall. */
  readonly evidence: number;
  /** The parts with their weights. */
  readonly total: number;
}

/** What the actions of an episode are worth, without the costs of invalid ones. */
export function scoreActions(task: QuestionTask, taken: readonly TakenAction[]): QuestionScore {
  const valid = taken.filter(({ isValid }) => isValid);
  const last = valid.at(-1)?.action;
  const final = last?.name === "finalize" ? parseFinal(last.argument ?? "") : undefined;
  const texts = readTexts(valid);
  const completion = final && isRight(task, final.answer, citedText(final.sources, texts)) ? 1 : 0;
  const hops = hopsRead(task, texts);
  const evidence = final ? evidenceOf(task, final.sources, texts) : 0;
  const parts = {
    completion,
    efficiency: completion * Math.min(1, neededActions(task) / taken.length),
    quality: (hops + evidence) / 2,
    reasoning: reasoningOf(task, valid),
  };
  return { ...parts, hops, evidence, total: weighedParts(parts) };
}

/** The texts that were read, by their titles. */
const readTexts = (valid: readonly TakenAction[]): ReadonlyMap<string, string> =>
  new Map(
    valid.flatMap(({ action, observation }) =>
      action.name === "read" ? [[action.argument ?? "", observation] as const] : [],
    ),
  );

const citedText = (sources: readonly string[], texts: ReadonlyMap<string, string>): string =>
  sources.map((title) => texts.get(title) ?? "").join(" ");

/**
 * Whether an answer is right: the task's own, or, where that is not known, one whose words stand in what it cites, if that speaks of the
 * question.
 */
function isRight(task: QuestionTask, given: string, cited: string): boolean {
  const words = contentWords(given);
  if (words.length === 0) return false;
  if (task.answer !== undefined) return contentWords(task.answer).join(" ") === words.join(" ");
  return isOnTopic(task, cited) && words.every((word) => searchWords(cited).includes(word));
}

/** Whether a text may count. Of a question without a known answer only one that speaks of it does. */
const isOnTopic = ({ answer, question }: QuestionTask, text: string): boolean =>
  answer !== undefined || speaksOf(text, question);

/** Where the hops are not known, one document that was read is enough, or several that together speak of the question. */
function hopsRead(task: QuestionTask, texts: ReadonlyMap<string, string>): number {
  const { hops } = task;
  if (hops === undefined)
    return texts.size > 0 && isOnTopic(task, [...texts.values()].join(" ")) ? 1 : 0;
  return hops.filter(({ document }) => texts.has(document)).length / hops.length;
}

/** Where the hops are not known, the share of cited documents that were read; they must be on topic. */
function evidenceOf(
  task: QuestionTask,
  sources: readonly string[],
  texts: ReadonlyMap<string, string>,
): number {
  const { hops } = task;
  const cited = [...new Set(sources)];
  const known = cited.filter((title) => texts.has(title));
  if (cited.length === 0) return 0;
  if (hops === undefined)
    return isOnTopic(task, citedText(known, texts)) ? known.length / cited.length : 0;
  const needed = new Set(hops.map(({ document }) => document));
  const right = known.filter((title) => needed.has(title)).length;
  return (2 * right) / (cited.length + needed.size);
}

/** A search and a reading for each document, a reason for each fact, and the answer. */
function neededActions({ hops }: QuestionTask): number {
  if (hops === undefined) return 4;
  return 2 * new Set(hops.map(({ document }) => document)).size + hops.length + 1;
}

/** Where the hops are not known, the share of reasons of which most words stand in what was read before. */
function reasoningOf(task: QuestionTask, valid: readonly TakenAction[]): number {
  const { hops } = task;
  const reasons = valid.flatMap(({ action }, i) =>
    action.name === "reason"
      ? [{ words: searchWords(action.argument ?? ""), read: readTexts(valid.slice(0, i)) }]
      : [],
  );
  if (hops !== undefined) {
    const stated = hops.filter(({ document, mentions }) =>
      reasons.some(({ words, read }) => read.has(document) && mentions.every(isAmong(words))),
    );
    return stated.length / hops.length;
  }
  if (reasons.length === 0) return 0;
  const grounded = reasons.filter(({ words, read }) => {
    const text = [...read.values()].join(" ");
    const known = new Set(searchWords(text));
    return (
      isOnTopic(task, text) && words.filter((word) => known.has(word)).length >= 0.6 * words.length
    );
  });
  return grounded.length / reasons.length;
}

const isAmong =
  (words: readonly string[]) =>
  (name: string): boolean =>
    searchWords(name).every((word) => words.includes(word));

/**
 * The reward of an episode: `total` is the sum of its step rewards.
 *
 * Its components are the parts before their weights, `hops` and `evidence`, of which quality is the mean, `invalid` (the costs, ≤ 0), `success`
 * (0 or 1) and `steps` (a count).
 */
export function questionEpisodeReward(task: QuestionTask, { steps, isSuccess }: Episode): Reward {
  // An episode keeps no more than what was said. A whole sentence tells; its beginning may be that of a title or a text.
  const taken = steps.map(({ action, nextState }) => ({
    ...{ action, observation: nextState, isValid: !problemTexts.has(nextState) },
  }));
  const { total, ...parts } = scoreActions(task, taken);
  const count = taken.filter(({ isValid }) => !isValid).length;
  const invalid = count === 0 ? 0 : INVALID_COST * count;
  const components = { ...parts, invalid, success: isSuccess ? 1 : 0, steps: steps.length };
  return { total: total + invalid, components, source: "rule" };
}

/** The reward of a rollout of `environmentAgent`. @see questionEpisodeReward */
export const questionReward = ({ task, answer }: UnscoredRollout<QuestionTask, Episode>): Reward =>
  questionEpisodeReward(task, answer);
