/** A judge that says which of two answers is better. */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import type { Message } from "../../core/message.ts";
import type { JudgedContent, PairJudge, PairVerdict } from "../../ports/judge.ts";
import { JudgeDesk, type JudgeOptions, judgeOptionNames, type Reading } from "./judge-desk.ts";
import {
  judgedText,
  knownAgreement,
  replyObject,
  sharedMessages,
  systemMessage,
} from "./judged-text.ts";
import { defaultRubric } from "./relative-judge.ts";

/** How a judge of pairs is asked. */
export interface PairJudgeOptions extends JudgeOptions {
  /** What makes one answer better than another, in words. Default: `defaultRubric`. */
  readonly rubric?: string;
  /** Whether the pair is judged in both orders. Default true. */
  readonly swap?: boolean;
}

const optionNames: OptionNames<PairJudgeOptions> = {
  ...judgeOptionNames,
  rubric: true,
  swap: true,
};

type Choice = PairVerdict["preferred"];

/**
 * Makes a judge that says which of two answers is better. Models favour the first or second place, so both orders are
 * asked; when they disagree, the verdict is "tie".
 *
 * @throws OPTION_INVALID
 * @source Zheng et al. 2023, Judging LLM-as-a-Judge §4.3 (arXiv:2306.05685), for calling inconsistent pairs ties
 * @example (await pairJudge({ model }).compare({ task: "6 × 7?", first: "42", second: "41" })).status; // "scored"
 */
export function pairJudge(options: PairJudgeOptions): PairJudge {
  checkOptions("pairJudge", options, optionNames);
  const { rubric = defaultRubric, swap = true } = options;
  const desk = new JudgeDesk("pairJudge", options);

  const compare: PairJudge["compare"] = ({ task, first, second, signal }) => {
    const content = ["pair", 1, rubric, swap, task, first, second];
    return desk.verdict<PairVerdict>(content, readVerdict, async () => {
      const asked = await desk.ask(question(task, rubric, first, second), readChoice, signal);
      if ("status" in asked) return asked;
      const { choice, reason } = asked.value;
      const verdict = { status: "scored", preferred: choice, reason, calls: asked.calls } as const;
      if (!swap) return verdict;
      const again = await desk.ask(question(task, rubric, second, first), readChoice, signal);
      const calls = asked.calls + again.calls;
      if ("status" in again) return { ...again, calls };
      const isSame = swapped[again.value.choice] === choice;
      const preferred = isSame ? choice : "tie";
      return { ...verdict, preferred, agreement: isSame ? 1 : 0, calls };
    });
  };
  return { name: desk.name, compare, report: () => desk.report() };
}

const swapped: Readonly<Record<Choice, Choice>> = { first: "second", second: "first", tie: "tie" };

function question(
  task: string,
  rubric: string,
  first: JudgedContent,
  second: JudgedContent,
): Message[] {
  const shared = sharedMessages([first, second]);
  const content = [
    `The task: ${JSON.stringify(task)}`,
    `What counts:\n${rubric}`,
    ...(shared === 0
      ? []
      : [`Both begin with:\n${judgedText((first as readonly Message[]).slice(0, shared))}`]),
    `Candidate 1:\n${judgedText(first, shared)}`,
    `Candidate 2:\n${judgedText(second, shared)}`,
    'Which is better? Reply: {"reason":"<a sentence>","better":1}, with 2 for the second and 0 for neither.',
  ];
  return [systemMessage, { role: "user", content: content.join("\n\n") }];
}

const choices: Readonly<Record<string, Choice>> = { "0": "tie", "1": "first", "2": "second" };

function readChoice(reply: string): Reading<{ readonly choice: Choice; readonly reason: string }> {
  const found = replyObject(reply, "better");
  if (found === undefined) return { problem: 'there is no JSON object with "better".' };
  const { better, reason } = found;
  const isKnown = typeof better === "number" || typeof better === "string";
  const choice = isKnown ? choices[String(better)] : undefined;
  if (choice === undefined) return { problem: '"better" is none of 0, 1 and 2.' };
  return { value: { choice, reason: typeof reason === "string" ? reason : "" } };
}

function readVerdict(text: string): PairVerdict | undefined {
  const { preferred, reason, agreement } = replyObject(text, "preferred") ?? {};
  if (typeof preferred !== "string" || !isChoice(preferred)) return undefined;
  if (typeof reason !== "string") return undefined;
  return { status: "scored", preferred, reason, ...knownAgreement(agreement), calls: 0 };
}

const isChoice = (word: string): word is Choice => Object.hasOwn(swapped, word);
