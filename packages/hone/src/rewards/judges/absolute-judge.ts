/** A judge that reads one answer and scores it by named criteria. */
import { HoneError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import type { Message } from "../../core/message.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { AbsoluteJudge, AbsoluteVerdict, JudgedContent } from "../../ports/judge.ts";
import { rewardComponent, type RewardComponent } from "../reward-computer.ts";
import { JudgeDesk, type JudgeOptions, judgeOptionNames, type Reading } from "./judge-desk.ts";
import { isScore, judgedText, knownAgreement, replyObject, systemMessage } from "./judged-text.ts";

/** How an absolute judge is asked. */
export interface AbsoluteJudgeOptions extends JudgeOptions {
  /** What the scores 0 and 1 mean, in words, by the name of the criterion. Default: one criterion, "quality". */
  readonly criteria?: Readonly<Record<string, string>>;
  /** Weight of each criterion in the total, at least 0. Default 1 each. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Whether an answer with a reference is judged twice, the reference before it and after it. Default true. */
  readonly swap?: boolean;
}

const optionNames: OptionNames<AbsoluteJudgeOptions> = {
  ...judgeOptionNames,
  criteria: true,
  weights: true,
  swap: true,
};

const check = optionChecks("absoluteJudge");

type AbsoluteRequest = Parameters<AbsoluteJudge["score"]>[0];

interface Scores {
  readonly criteria: Readonly<Record<string, number>>;
  readonly reason: string;
}

const defaultCriteria = {
  quality: "0: wrong, empty or beside the task; 1: right, complete and well founded",
};

/**
 * Makes a judge that reads one answer and scores it by named criteria, each from 0 to 1.
 *
 *     total = Σ_c w_c · s_c / Σ_c w_c
 *
 * With a reference answer and `swap`, the judge is asked twice, once with the reference before the answer and once after
 * it; the scores are then the means.
 *
 * @throws OPTION_INVALID for no criteria, and for weights that are negative, all zero, or of a criterion there is not
 * @example
 * const judge = absoluteJudge({ model, criteria: { right: "0: wrong; 1: right" } });
 * const verdict = await judge.score({ task: "6 × 7?", answer: "42", reference: "42" });
 */
export function absoluteJudge(options: AbsoluteJudgeOptions): AbsoluteJudge {
  checkOptions("absoluteJudge", options, optionNames);
  const { criteria = defaultCriteria, swap = true } = options;
  const names = Object.keys(criteria);
  const weights = checkedWeights(names, options.weights ?? {});
  const desk = new JudgeDesk("absoluteJudge", options);

  const score: AbsoluteJudge["score"] = ({ task, answer, reference, signal }) => {
    const orders = reference !== undefined && swap ? [true, false] : [true];
    const content = ["absolute", 1, criteria, weights, swap, task, answer, reference ?? null];
    return desk.verdict<AbsoluteVerdict>(
      content,
      (text) => readVerdict(text, names),
      async () => {
        const rounds: Scores[] = [];
        let calls = 0;
        for (const isReferenceFirst of orders) {
          const messages = question({ task, answer, reference, criteria, isReferenceFirst });
          const asked = await desk.ask(messages, (text) => readScores(text, names), signal);
          calls += asked.calls;
          if ("status" in asked) return { ...asked, calls };
          rounds.push(asked.value);
        }
        return verdictOf(rounds, weights, calls);
      },
    );
  };
  return { name: desk.name, score, report: () => desk.report() };
}

/**
 * Makes a component of a reward, from 0 to 1, of a judge's total.
 *
 * An answer without a verdict throws JUDGE_FAILED: its rollout fails with that error instead of getting an invented score.
 *
 * @throws OPTION_INVALID
 * @example judgeComponent({ name: "judged", judge, ask: (rollout) => ({ task: rollout.task.id, answer: String(rollout.answer) }) })
 */
export function judgeComponent<Input>(options: {
  /** Names the component in rewards. */
  readonly name: string;
  /** The judge that is asked. */
  readonly judge: AbsoluteJudge;
  /** What the judge is given for an input. */
  readonly ask: (input: Input) => {
    readonly task: string;
    readonly answer: JudgedContent;
    readonly reference?: string;
  };
}): RewardComponent<Input> {
  checkOptions("judgeComponent", options, { name: true, judge: true, ask: true });
  const { name, judge, ask } = options;
  return rewardComponent<Input>({
    name,
    compute: async (input, signal) => {
      const verdict = await judge.score({ ...ask(input), signal });
      if (verdict.status === "scored") return verdict.total;
      const { problem, calls } = verdict;
      throw new HoneError("JUDGE_FAILED", { judge: judge.name, problem, calls });
    },
  });
}

function verdictOf(
  rounds: readonly Scores[],
  weights: Readonly<Record<string, number>>,
  calls: number,
): AbsoluteVerdict {
  const names = Object.keys(weights);
  const mean = (name: string): number =>
    rounds.reduce((sum, round) => sum + round.criteria[name]!, 0) / rounds.length;
  const criteria = Object.fromEntries(names.map((name) => [name, mean(name)]));
  const all = names.reduce((sum, name) => sum + weights[name]!, 0);
  const total = names.reduce((sum, name) => sum + weights[name]! * criteria[name]!, 0) / all;
  const [first, second] = rounds;
  const gap = (name: string): number => Math.abs(first!.criteria[name]! - second!.criteria[name]!);
  const agreement =
    second === undefined
      ? {}
      : { agreement: 1 - names.reduce((sum, name) => sum + gap(name), 0) / names.length };
  return { status: "scored", total, criteria, reason: first!.reason, ...agreement, calls };
}

function question(parts: {
  readonly task: string;
  readonly answer: AbsoluteRequest["answer"];
  readonly reference: string | undefined;
  readonly criteria: Readonly<Record<string, string>>;
  readonly isReferenceFirst: boolean;
}): Message[] {
  const { task, answer, reference, criteria, isReferenceFirst } = parts;
  const given = `The answer to judge:\n${judgedText(answer)}`;
  const known = `An answer known to be right:\n${judgedText(reference ?? "")}`;
  const shown = isReferenceFirst ? [known, given] : [given, known];
  const names = Object.keys(criteria);
  const content = [
    `The task: ${JSON.stringify(task)}`,
    ...(reference === undefined ? [given] : shown),
    `Score the answer from 0 to 1 by each criterion:\n${names.map((name) => `- ${name}: ${criteria[name]}`).join("\n")}`,
    `Reply: {"reason":"<a sentence>","scores":{${names.map((name) => `${JSON.stringify(name)}:<0 to 1>`).join(",")}}}`,
  ];
  return [systemMessage, { role: "user", content: content.join("\n\n") }];
}

function readScores(reply: string, names: readonly string[]): Reading<Scores> {
  const found = replyObject(reply, "scores");
  const scores = found?.["scores"];
  if (!isObject(scores)) return { problem: 'there is no JSON object with an object "scores".' };
  const missing = names.find((name) => !isScore(scores[name]));
  const criteria = scoresOf(scores, names);
  if (criteria === undefined) return { problem: `${missing} has no score from 0 to 1.` };
  const reason = found?.["reason"];
  return { value: { criteria, reason: typeof reason === "string" ? reason : "" } };
}

function readVerdict(text: string, names: readonly string[]): AbsoluteVerdict | undefined {
  const { criteria, total, reason, agreement } = replyObject(text, "criteria") ?? {};
  if (!isObject(criteria) || !isScore(total) || typeof reason !== "string") return undefined;
  const scores = scoresOf(criteria, names);
  if (scores === undefined) return undefined;
  const known = knownAgreement(agreement);
  return { status: "scored", total, criteria: scores, reason, ...known, calls: 0 };
}

/** The scores of the named criteria; undefined when one is missing or not from 0 to 1. */
function scoresOf(found: JsonObject, names: readonly string[]): Scores["criteria"] | undefined {
  const scores = names.map((name) => [name, found[name]] as const);
  const known = scores.flatMap(([name, score]) => (isScore(score) ? [[name, score] as const] : []));
  return known.length === names.length ? Object.fromEntries(known) : undefined;
}

function checkedWeights(
  names: readonly string[],
  given: Readonly<Record<string, number>>,
): Record<string, number> {
  if (names.length === 0)
    throw check.invalid("criteria", {}, "an object with at least one criterion");
  for (const [name, weight] of Object.entries(given)) {
    if (!names.includes(name)) throw check.invalid("weights", given, listOf(names));
    check.number(`weights.${name}`, weight, { min: 0 });
  }
  const weights = Object.fromEntries(names.map((name) => [name, given[name] ?? 1]));
  if (Object.values(weights).every((weight) => weight === 0)) {
    throw check.invalid("weights", weights, "an object with at least one weight above 0");
  }
  return weights;
}

const listOf = (names: readonly string[]): string =>
  `an object with no other keys than ${names.join(", ")}`;
