/**
 * A relative judge: one call reads all candidates of a task and scores them against each other, in [0, 1].
 *
 * Telling which of several is better is easier than scoring one alone, and group-relative training needs no more. What
 * all conversations begin with is shown once; equal candidates are judged as one; candidates stand in an order drawn from
 * their content. With `swap` a second call sees them in reverse, and the scores are the means.
 *
 * @source the idea of RULER (OpenPipe ART, "Relative Universal LLM-Elicited Rewards", 2025)
 */
import { isObject } from "../../core/json.ts";
import { Random } from "../../core/random.ts";
import type { Message } from "../../core/message.ts";
import type {
  ExcludedVerdict,
  JudgedContent,
  RelativeJudge,
  RelativeVerdict,
} from "../../ports/judge.ts";
import { hashOf, JudgeDesk, type JudgeOptions, type Reading } from "./judge-desk.ts";
import { isScore, judgedText, replyObject, sharedMessages, systemMessage } from "./judged-text.ts";

export interface RelativeJudgeOptions extends JudgeOptions {
  /** What makes one better than another, in words. */
  readonly rubric?: string;
  /** Whether a second call sees the candidates in reverse. Default false. */
  readonly swap?: boolean;
}

export const defaultRubric = `- What reaches the task's goal scores well above what does not.
- Among those that reach it, the more direct and better founded scores higher.
- Partial success scores above none.
- Invented facts, results or tool outputs score low.`;

interface Scored {
  readonly score: number;
  readonly reason: string;
}

/**
 * @example
 * const judge = relativeJudge({ model, name: "gpt-4o", swap: true });
 * const verdict = await judge.rank({ task: "Name a prime.", candidates: ["7", "8"] });
 * if (verdict.status === "scored") verdict.scores; // for example [0.9, 0]
 */
export function relativeJudge(options: RelativeJudgeOptions): RelativeJudge {
  const { rubric = defaultRubric, swap = false } = options;
  const desk = new JudgeDesk(options);

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

    /** The verdict on different candidates, in the order of `sorted`. */
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

/** The share of pairs that both lists put the same way, equal ones included; 1 where there is no pair. */
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
  const verdict = replyObject(text, "scores");
  const { scores, reasons } = verdict ?? {};
  const isSound =
    Array.isArray(scores) &&
    scores.length === count &&
    scores.every(isScore) &&
    Array.isArray(reasons) &&
    reasons.length === count;
  return isSound ? (verdict as unknown as RelativeVerdict) : undefined;
}
