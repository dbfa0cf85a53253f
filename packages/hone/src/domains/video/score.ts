/**
 * What the actions of an episode are worth:
 *
 *     total = 0.4 · completion + 0.2 · efficiency + 0.3 · quality + 0.1 · reasoning        (`trajectoryWeights`)
 *
 * README.md says what the parts are. Without a right answer there is no efficiency, so that giving up early is worth nothing.
 */
import { contentWords } from "../../core/search-words.ts";
import type { Action } from "../../ports/environment.ts";
import { speaksOf } from "../../environments/open-question.ts";
import { weighedParts } from "../../rewards/trajectory-reward.ts";
import type { Cue } from "./cue.ts";
import { numbersIn, parseFinal } from "./final-answer.ts";
import { lookUp } from "./look-up.ts";
import { parseQuestion, type QuestionKind } from "./questions.ts";
import { secondsOf } from "./cue.ts";
import type { VideoTask } from "./tasks.ts";

/** A task with its captions, read. */
export interface OpenedVideo {
  /** What is asked. */
  readonly task: VideoTask;
  /** The captions of the task. */
  readonly cues: readonly Cue[];
}

/** The parts of an episode's score, each in [0, 1]. */
export interface VideoScore {
  /** 1 for the right answer. */
  readonly completion: number;
  /** With the right answer the actions that it takes, of those that were taken; else 0. */
  readonly efficiency: number;
  /** The mean of grounding and temporal. */
  readonly quality: number;
  /** Captions of the evidence that a reason named after they had been shown, of all. */
  readonly reasoning: number;
  /** How well the cited captions are those of the evidence: the harmonic mean of precision and recall. */
  readonly grounding: number;
  /** Captions of the evidence whose time or place the timeline agent said, of all; of a question about who, those that were shown. */
  readonly temporal: number;
  /** The parts with their weights. */
  readonly total: number;
}

/** Actions that a question takes with a reason and the answer. */
const needed: Readonly<Record<QuestionKind, number>> = {
  ...{ first: 3, last: 3, who: 3, after: 4, before: 4, when: 4, duration: 4, order: 6 },
};

/** What the actions are worth that could be taken. `count` is that of all. */
export function scoreVideo(
  { task, cues }: OpenedVideo,
  actions: readonly Action[],
  count: number,
): VideoScore {
  const { question, solution } = task;
  const kind = parseQuestion(question)?.kind;
  const told = knownAfter(cues, actions);
  const last = actions.at(-1);
  const final = last?.name === "finalize" ? parseFinal(last.argument ?? "") : undefined;
  const cited = final === undefined ? "" : shownText(final.evidence, { cues, shown: told.shown });
  const evidence = new Set(
    solution?.evidence ?? (speaksOf(cited, question) ? final?.evidence : undefined),
  );
  const completion = final && isRight(task, final.answer, cited) ? 1 : 0;
  const grounding = final === undefined ? 0 : overlap(final.evidence, evidence, told.shown);
  const temporal = shareOf(evidence, kind === "who" ? told.shown : told.placed);
  const parts = {
    completion,
    efficiency: completion * Math.min(1, (kind === undefined ? 4 : needed[kind]) / count),
    quality: (grounding + temporal) / 2,
    reasoning: shareOf(evidence, told.reasoned),
  };
  return { ...parts, grounding, temporal, total: weighedParts(parts) };
}

interface Known {
  readonly shown: ReadonlySet<number>;
  readonly placed: ReadonlySet<number>;
  /** Numbers in reasons, of captions that had been shown. */
  readonly reasoned: ReadonlySet<number>;
}

function knownAfter(cues: readonly Cue[], actions: readonly Action[]): Known {
  const [shown, placed, reasoned] = [new Set<number>(), new Set<number>(), new Set<number>()];
  for (const action of actions) {
    const found = lookUp(cues, action);
    for (const number of found?.shown ?? []) shown.add(number);
    for (const number of found?.placed ?? []) placed.add(number);
    if (action.name === "reason")
      for (const number of numbersIn(action.argument ?? ""))
        if (shown.has(number)) reasoned.add(number);
  }
  return { shown, placed, reasoned };
}

const shareOf = (wanted: ReadonlySet<number>, have: ReadonlySet<number>): number =>
  wanted.size === 0 ? 0 : [...wanted].filter((one) => have.has(one)).length / wanted.size;

/**
 * How well the cited captions are those that are wanted: the harmonic mean of precision and recall, in [0, 1]. A caption that the agent was never
 * shown does not count as right.
 */
function overlap(
  given: readonly number[],
  wanted: ReadonlySet<number>,
  shown: ReadonlySet<number>,
): number {
  const cited = new Set(given);
  const right = [...cited].filter((one) => wanted.has(one) && shown.has(one)).length;
  return cited.size + wanted.size === 0 ? 0 : (2 * right) / (cited.size + wanted.size);
}

/** Share of words in which two texts that say the same may differ, as 1 − the harmonic mean of precision and recall. */
const sameWords = 0.8;

/** The words of the captions that were shown. */
const shownText = (
  evidence: readonly number[],
  { cues, shown }: { readonly cues: readonly Cue[]; readonly shown: ReadonlySet<number> },
): string =>
  evidence.flatMap((number) => (shown.has(number) ? [cues[number - 1]!.text] : [])).join(" ");

/**
 * Whether an answer is right: the solution's, in nearly its words or in its seconds; where that is not known, one from what it cites, if
 * that speaks of the question.
 */
function isRight({ solution, question }: VideoTask, answer: string, cited: string): boolean {
  const words = contentWords(answer);
  if (words.length === 0) return false;
  if (solution === undefined) {
    const known = new Set(contentWords(cited));
    return speaksOf(cited, question) && words.every((word) => known.has(word));
  }
  const seconds = secondsIn(solution.answer);
  if (seconds !== undefined) return Math.abs((secondsIn(answer) ?? Infinity) - seconds) < 0.01;
  const wanted = contentWords(solution.answer);
  const left = [...wanted];
  // A word counts as often as the right answer has it, so that saying it again is no gain.
  const common = words.filter((word) => takeOut(left, word)).length;
  return (2 * common) / (words.length + wanted.length) >= sameWords;
}

/** Takes one of a word out of a list; false where there is none. */
function takeOut(words: string[], word: string): boolean {
  const place = words.indexOf(word);
  if (place >= 0) words.splice(place, 1);
  return place >= 0;
}

/** Seconds of "12 s", "12.5 seconds", "12" or "0:12". */
function secondsIn(text: string): number | undefined {
  const [, plain] = /^\s*(\d+(?:\.\d+)?)\s*(?:s|seconds?)?\s*$/.exec(text) ?? [];
  return plain === undefined ? secondsOf(text) : Number(plain);
}
