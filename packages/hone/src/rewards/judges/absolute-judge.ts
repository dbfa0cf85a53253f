/**
 * An absolute judge: reads one answer and scores it by named criteria, each in [0, 1].
 *
 *     total = Σ_c w_c · s_c / Σ_c w_c
 *
 * Where a reference answer is given, `swap` asks twice, once with the reference before the answer and once after it; the
 * scores are the means.
 */
import { HoneError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { AbsoluteJudge, AbsoluteVerdict, JudgedContent } from "../../ports/judge.ts";
import { rewardComponent, type RewardComponent } from "../reward-computer.ts";
import { JudgeDesk, type JudgeOptions, type Reading } from "./judge-desk.ts";
import { isScore, judgedText, replyObject, systemMessage } from "./judged-text.ts";

export interface AbsoluteJudgeOptions extends JudgeOptions {
  /** Name of a criterion → what 0 and 1 mean. Default: one, "quality". */
  readonly criteria?: Readonly<Record<string, string>>;
  /** By criterion; default 1 each. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Whether an answer with a reference is judged in both orders. Default true. */
  readonly swap?: boolean;
}

type AbsoluteRequest = Parameters<AbsoluteJudge["score"]>[0];

interface Scores {
  readonly criteria: Readonly<Record<string, number>>;
  readonly reason: string;
}

const defaultCriteria = {
  quality: "0: wrong, empty or beside the task; 1: right, complete and well founded",
};

/**
 * @throws OPTION_INVALID for no criteria, or weights that are negative, all zero, or of no criterion
 * @example
 * const judge = absoluteJudge({ model, criteria: { right: "0: wrong; 1: right" } });
 * const verdict = await judge.score({ task: "6 × 7?", answer: "42", reference: "42" });
 */
export function absoluteJudge(options: AbsoluteJudgeOptions): AbsoluteJudge {
  const { criteria = defaultCriteria, swap = true } = options;
  const names = Object.keys(criteria);
  const weights = checkedWeights(names, options.weights ?? {});
  const desk = new JudgeDesk(options);

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
 * The judge as a component of a reward, in [0, 1].
 *
 * What it cannot judge throws JUDGE_FAILED, so that the rollout is left out by name instead of being given a number.
 * @example judgeComponent({ name: "judged", judge, ask: (rollout) => ({ task: rollout.task.id, answer: String(rollout.answer) }) })
 */
export function judgeComponent<Input>(options: {
  readonly name: string;
  readonly judge: AbsoluteJudge;
  readonly ask: (input: Input) => {
    readonly task: string;
    readonly answer: JudgedContent;
    readonly reference?: string;
  };
}): RewardComponent<Input> {
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
  if (missing !== undefined) return { problem: `${missing} has no score from 0 to 1.` };
  const criteria = Object.fromEntries(names.map((name) => [name, scores[name] as number]));
  const reason = found?.["reason"];
  return { value: { criteria, reason: typeof reason === "string" ? reason : "" } };
}

function readVerdict(text: string, names: readonly string[]): AbsoluteVerdict | undefined {
  const verdict = replyObject(text, "criteria");
  const criteria = verdict?.["criteria"];
  const isSound =
    isObject(criteria) &&
    names.every((name) => isScore(criteria[name])) &&
    isScore(verdict?.["total"]) &&
    typeof verdict["reason"] === "string";
  return isSound ? (verdict as unknown as AbsoluteVerdict) : undefined;
}

function checkedWeights(
  names: readonly string[],
  given: Readonly<Record<string, number>>,
): Record<string, number> {
  if (names.length === 0) throw invalid("criteria", "none", "at least one");
  for (const [name, weight] of Object.entries(given)) {
    if (!names.includes(name))
      throw invalid("weights", `one for ${name}`, "for criteria there are");
    if (!(weight >= 0 && weight < Infinity)) {
      throw invalid(`weights.${name}`, String(weight), "a number of at least 0");
    }
  }
  const weights = Object.fromEntries(names.map((name) => [name, given[name] ?? 1]));
  if (Object.values(weights).every((weight) => weight === 0)) {
    throw invalid("weights", "all 0", "above 0 somewhere");
  }
  return weights;
}

const invalid = (option: string, got: string, expected: string): HoneError =>
  new HoneError("OPTION_INVALID", { where: "absoluteJudge", option, got, expected });
