/**
 * The environment of questions: an agent reads a question with its context, searches for images, and answers.
 *
 *     How to connect the amber pump? … → search connect amber pump → 1. diagram: How to connect the amber pump (docs/…)
 *        → answer {"text":"Use the left port.","images":[{"url":"docs/…","alt":"…","reason":"…"}]} → answered
 *
 * An image of an answer is named by its address or by the number of its result. README.md has the reward.
 */
import { checkOptions } from "../../core/known-options.ts";
import { type ActionOutcome, afterTheEnd, episodeEnd } from "../../environments/episode-end.ts";
import type { Action, SynchronousEnvironment } from "../../ports/environment.ts";
import type { ImageResult, ImageSearch } from "./image-search.ts";
import { type ReplyMetrics, replyMetrics } from "./metrics.ts";
import type { MultimodalTask } from "./questions.ts";
import { type MultimodalReply, parseReply, type ReplyImage } from "./reply.ts";

/** What `multimodalEnvironment` searches, and its limits. */
export interface MultimodalEnvironmentOptions {
  /** The images. */
  readonly images: ImageSearch;
  /** Actions until the episode is cut off. Default 4. */
  readonly maxActions?: number;
  /** Images that a search shows. Default 3. */
  readonly results?: number;
}

/** Actions until an episode is cut off, where nothing else is said: two searches, an answer, and one that fails. */
export const multimodalMaxActions = 4;

/** The names of the actions. */
export const multimodalActions = { search: "search", answer: "answer" } as const;

/** What is taken off the reward. */
export const multimodalCosts = {
  /** For each image whose address no search gave. */
  invented: 0.2,
  /** For an action that cannot be taken, an answer that cannot be read among them. */
  invalid: 0.1,
} as const;

/**
 * A new environment, for one episode at a time.
 * @throws OPTION_INVALID
 * @example
 * const environment = multimodalEnvironment({ images: imageSearch(pairs) });
 * environment.reset(task, 0);
 * environment.step({ name: "search", argument: "connect the pump" }).observation; // "1. diagram: How to connect the pump (docs/…)"
 */
export function multimodalEnvironment(
  options: MultimodalEnvironmentOptions,
): SynchronousEnvironment<MultimodalTask> {
  const where = "multimodalEnvironment";
  checkOptions(where, options, { images: true, maxActions: true, results: true });
  const { images, maxActions = multimodalMaxActions, results: limit = 3 } = options;
  const end = episodeEnd(where, maxActions);
  let task: MultimodalTask | undefined;
  let found: ShownResult[] = [];
  const outcome = ({ name, argument = "" }: Action): ActionOutcome => {
    if (name === multimodalActions.answer) return answered(argument, task!, found);
    if (name !== multimodalActions.search || argument.trim() === "") return invalid("no action");
    const results = images.search(argument, { limit });
    const numbers = results.map((result) => numberOf(result, found));
    return { observation: resultsText(results, numbers), reward: 0 };
  };
  return {
    reset(given) {
      task = given;
      found = [];
      end.begin();
      return `${given.question}\n\n${given.context}`.trim();
    },
    validActions: () => (task && !end.isOver() ? Object.values(multimodalActions) : []),
    step: (action) => (task && !end.isOver() ? end.result(outcome(action)) : afterTheEnd),
  };
}

const invalid = (problem: string): ActionOutcome => ({
  observation: `invalid: ${problem}`,
  reward: -multimodalCosts.invalid,
  isValid: false,
});

/** The number of a result in its episode, from 1; one that was found before keeps its own. */
function numberOf({ type, alt, url }: ImageResult, found: ShownResult[]): number {
  const known = found.find((shown) => shown.url === url);
  return known?.number ?? found.push({ number: found.length + 1, type, alt, url });
}

/** What a search shows that finds nothing. */
export const NO_IMAGE = "no image";

const resultsText = (results: readonly ImageResult[], numbers: readonly number[]): string =>
  results.length === 0
    ? NO_IMAGE
    : results.map(({ type, alt, url }, i) => `${numbers[i]}. ${type}: ${alt} (${url})`).join("\n");

function answered(
  argument: string,
  task: MultimodalTask,
  found: readonly ShownResult[],
): ActionOutcome {
  const read = parseReply(argument);
  if ("problem" in read) return { ...invalid(read.problem), isEnd: true };
  const metrics = scoredReply(withAddresses(read.reply, found), task, found);
  return {
    observation: "answered",
    reward: metrics.overall - multimodalCosts.invented * metrics.invented,
    isEnd: true,
    isSuccess: metrics.overall >= SUCCESS,
  };
}

/** The least overall score of an answer that counts as right: nothing of importance is missing or wrong. */
const SUCCESS = 0.9;

/** The metrics of an answer to a task, of which these images were found. */
export const scoredReply = (
  reply: MultimodalReply | undefined,
  { facts, helpful }: MultimodalTask,
  found: readonly Pick<ImageResult, "url">[],
): ReplyMetrics =>
  replyMetrics(reply, { facts, helpful, found: new Set(found.map(({ url }) => url)) });

/** The answer with addresses in the place of results' numbers. A number without a result stays, and is invented. */
export function withAddresses(
  { text, images }: MultimodalReply,
  found: readonly ShownResult[],
): MultimodalReply {
  const named = ({ url, alt, reason }: ReplyImage): ReplyImage => {
    const result = /^\d+$/.test(url)
      ? found.find(({ number }) => number === Number(url))
      : undefined;
    return result === undefined
      ? { url, alt, reason }
      : { url: result.url, alt: alt === "" ? result.alt : alt, reason };
  };
  return { text, images: images.map(named) };
}

/** A line of `resultsText`. The address may hold blanks, and brackets in pairs: "images/my pump (1).png". */
const RESULT_LINE = /^(\d+)\. (\w+): (.*) \(((?:[^()]|\([^()]*\))+)\)$/;

/** The results that an episode's searches showed, in the order of their numbers. */
export function shownResults(observations: readonly string[]): readonly ShownResult[] {
  const results = new Map<number, ShownResult>();
  for (const line of observations.flatMap((text) => text.split("\n"))) {
    const [, digits, type, alt, url] = RESULT_LINE.exec(line) ?? [];
    if (url === undefined) continue;
    const number = Number(digits);
    results.set(number, { number, type: type!, alt: alt!, url });
  }
  return [...results.values()].toSorted((a, b) => a.number - b.number);
}

/** A result as the agent sees it. */
export interface ShownResult {
  /** Its number in the episode, from 1. */
  readonly number: number;
  readonly type: string;
  readonly alt: string;
  readonly url: string;
}
