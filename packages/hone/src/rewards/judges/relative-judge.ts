/** A judge that reads all candidates of a task in one call and scores them against each other. */
import { isObject } from "../../core/json.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { Random } from "../../core/random.ts";
import type { Message } from "../../core/message.ts";
import type {
  ExcludedVerdict,
  JudgedContent,
  RelativeJudge,
  RelativeVerdict,
} from "../../ports/judge.ts";
import {
  hashOf,
  JudgeDesk,
  type JudgeOptions,
  judgeOptionNames,
  type Reading,
} from "./judge-desk.ts";
import {
  isScore,
  judgedText,
  knownAgreement,
  replyObject,
  sharedMessages,
  systemMessage,
} from "./judged-text.ts";

/** How a relative judge is asked. */
export interface RelativeJudgeOptions extends JudgeOptions {
  /** What makes one candidate better than another, in words. Default: `defaultRubric`. */
  readonly rubric?: string;
  /** Whether a second call judges the candidates in reverse order; scores are then the means. Default false. */
  readonly swap?: boolean;
}

const optionNames: OptionNames<RelativeJudgeOptions> = {
  ...judgeOptionNames,
  rubric: true,
  swap: true,
};

/** What makes one candidate better than another when a judge is given no rubric, in words for the model. */
export const defaultRubric = `- What reaches the task's goal scores well above what does not.
- Among those that reach it, the more direct and better founded scores higher.
- Partial success scores above none.
- Invented facts, results or tool outputs score low.`;

interface Scored {
  readonly score: number;
  readonly reason: string;
}

/**
 * Makes a judge that reads all candidates of a task in one call and scores them against each other, from 0 to 1.
 *
 * Telling which of several answers is better is easier than scoring one alone, and training that compares the rollouts of
 * a group needs no more. Messages with which all candidates begin are shown once, equal candidates are judged once, and
 * the order of candidates is drawn from their content.
 *
 * @throws OPTION_INVALID
 * @source the idea of RULER (OpenPipe ART, "Relative Universal LLM-Elicited Rewards", 2025)
 * @example
 * const judge = relativeJudge({ model, name: "gpt-4o", swap: true });
 * const verdict = await judge.rank({ task: "Name a prime.", candidates: ["7", "8"] });
 * if (verdict.status === "scored") verdict.scores; // for example [0.9, 0]
 */
export function relativeJudge(options: RelativeJudgeOptions): RelativeJudge {
  checkOptions("relativeJudge", options, optionNames);
  const { rubric = defaultRubric, swap = false } = options;
  const desk = new JudgeDesk("relativeJudge", options);

  const rank: RelativeJudge["rank"] = async ({ task, candidates, signal }) => {
    const keys = candidates.map(hashOf);
    const distinct = new Map(candidates.map((candidate, i) => [keys[i]!, candidate]));
    const sorted = [...distinct.keys()].toSorted();
    const judged = new Random("judge", ...sorted).shuffle(sorted);
    const verdict = await desk.verdict(
      ["relative", 1, rubric, swap, task, sorted],
      (text) => readVerdict(text, sorted.length),
      () => judgeDistinct(judged, sorted),
    );
    if (verdict.status === "excluded") return verdict;
    const places = keys.map((key) => sorted.indexOf(key));
    return {
      ...verdict,
      scores: places.map((place) => verdict.scores[place]!),
      reasons: places.map((place) => verdict.reasons[place]!),
    };

    /** The verdict on candidates that all differ, with scores in the order of `wanted`. */
    async function judgeDistinct(
      order: readonly string[],
      wanted: readonly string[],
    ): Promise<RelativeVerdict | ExcludedVerdict> {
      if (order.length < 2) {
        const reasons = order.map(() => "there is nothing to compare it with");
        return { status: "scored", scores: order.map(() => 0.5), reasons, calls: 0 };
      }
      const orders = swap ? [order, order.toReversed()] : [order];
      const rounds: ReadonlyMap<string, Scored>[] = [];
      let calls = 0;
      for (const one of orders) {
        const shown = one.map((key) => distinct.get(key)!);
        const messages = question(task, rubric, shown);
        const asked = await desk.ask(messages, (text) => readScores(text, one.length), signal);
        calls += asked.calls;
        if ("status" in asked) return { ...asked, calls };
        rounds.push(new Map(one.map((key, i) => [key, asked.value[i]!])));
      }
      return verdictOf(wanted, rounds, calls);
    }
  };
  return { name: desk.name, rank, report: () => desk.report() };
}

function verdictOf(
  keys: readonly string[],
  rounds: readonly ReadonlyMap<string, Scored>[],
  calls: number,
): RelativeVerdict {
  const lists = rounds.map((round) => keys.map((key) => round.get(key)!.score));
  const scores = keys.map((_, i) => lists.reduce((sum, list) => sum + list[i]!, 0) / lists.length);
  const reasons = keys.map((key) => rounds[0]!.get(key)!.reason);
  const [first, second] = lists;
  const agreement = second === undefined ? {} : { agreement: orderAgreement(first!, second) };
  return { status: "scored", scores, reasons, ...agreement, calls };
}

/**
 * How far two lists of scores rank the same things alike: the share of pairs that both put in the same order, or both
 * call equal. From 0 to 1; 1 for lists with fewer than two scores.
 *
 * @example orderAgreement([1, 0.5, 0], [0.9, 0, 0.1]); // 2 of 3 pairs
 */
export function orderAgreement(a: readonly number[], b: readonly number[]): number {
  let pairs = 0;
  let same = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = i + 1; j < a.length; j++) {
      pairs++;
      if (Math.sign(a[i]! - a[j]!) === Math.sign(b[i]! - b[j]!)) same++;
    }
  }
  return pairs === 0 ? 1 : same / pairs;
}

function question(task: string, rubric: string, candidates: readonly JudgedContent[]): Message[] {
  const shared = sharedMessages(candidates);
  const parts = [
    `The task: ${JSON.stringify(task)}`,
    `What counts:\n${rubric}`,
    shared === 0
      ? ""
      : `All candidates begin with:\n${judgedText((candidates[0] as readonly Message[]).slice(0, shared))}`,
    ...candidates.map((candidate, i) => `Candidate ${i + 1}:\n${judgedText(candidate, shared)}`),
    `Score each of the ${candidates.length} candidates from 0 to 1 against the others; equal scores are allowed. Reply: ` +
      '{"scores":[{"id":1,"reason":"<a sentence>","score":<0 to 1>}, …]}',
  ];
  return [
    systemMessage,
    { role: "user", content: parts.filter((part) => part !== "").join("\n\n") },
  ];
}

function readScores(reply: string, count: number): Reading<readonly Scored[]> {
  const rows = replyObject(reply, "scores")?.["scores"];
  if (!Array.isArray(rows)) return { problem: 'there is no JSON object with a list "scores".' };
  const scored = new Array<Scored | undefined>(count).fill(undefined);
  for (const row of rows as readonly unknown[]) {
    if (!isObject(row)) return { problem: "an entry of the list is no object." };
    const { id, score, reason } = row;
    if (id === undefined) return { problem: 'an entry of the list has no "id" of a candidate.' };
    const place = Number(id) - 1;
    if (!Number.isInteger(place) || place < 0 || place >= count) {
      return { problem: `there is no candidate ${JSON.stringify(id)}.` };
    }
    if (scored[place] !== undefined) return { problem: `candidate ${place + 1} is scored twice.` };
    if (!isScore(score)) return { problem: `candidate ${place + 1} has no score from 0 to 1.` };
    scored[place] = { score, reason: typeof reason === "string" ? reason : "" };
  }
  const missing = scored.indexOf(undefined);
  if (missing >= 0) return { problem: `candidate ${missing + 1} has no score.` };
  return { value: scored as readonly Scored[] };
}

function readVerdict(text: string, count: number): RelativeVerdict | undefined {
  const { scores, reasons, agreement } = replyObject(text, "scores") ?? {};
  if (!isListOf(scores, count, isScore) || !isListOf(reasons, count, isText)) return undefined;
  return { status: "scored", scores, reasons, ...knownAgreement(agreement), calls: 0 };
}

const isText = (value: unknown): value is string => typeof value === "string";

const isListOf = <Item>(
  value: unknown,
  count: number,
  isItem: (item: unknown) => item is Item,
): value is readonly Item[] =>
  Array.isArray(value) && value.length === count && value.every(isItem);
