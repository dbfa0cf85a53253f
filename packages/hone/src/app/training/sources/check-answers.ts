/** Looks at a file's answers through the model's own template before anything is trained. */
import { HoneError, isHoneError } from "../../../core/errors.ts";
import type { TokenIds } from "../../../core/rollout.ts";
import type { ComparedAnswer } from "../../../evaluation/pair-task.ts";
import { openRenderer } from "../../../text/renderer.ts";
import { unreadableLine } from "./check-rows.ts";
import { contextLimit, toolTokens } from "./context-limit.ts";
import type { SourceWarning } from "./opened-source.ts";

/** The file, and what learns from it. */
export interface AnswersOf {
  readonly file: string;
  /** Whether a reward model is trained, which reads an answer's last token, too. Default false. */
  readonly trainsValues?: boolean | undefined;
}

/** An answer of a file. */
export interface NamedAnswer {
  readonly line: number;
  /** Which answer of its line: "chosen", "rejected" or "answer". */
  readonly of: string;
  readonly answer: ComparedAnswer;
}

/**
 * Renders every answer as training will.
 * @returns a warning where the two answers of a line do not follow the same tokens: the template wrote the prompt differently for each
 * @throws ROW_TOO_LONG and DATA_LINE_INVALID, naming the line that the model cannot read
 */
export async function checkAnswers(
  model: string,
  answers: readonly NamedAnswer[],
  { file, trainsValues }: AnswersOf,
): Promise<SourceWarning | undefined> {
  const limit = await contextLimit(model, { trainsValues });
  const renderer = await openRenderer(model);
  const prompts = new Map<number, TokenIds>();
  const different = new Set<number>();
  for (const { line, of, answer } of answers) {
    if ("tokens" in answer) continue;
    const reading = renderer.conversation(answer.messages, answer.settings);
    const { tokens, mask } = await reading.catch((cause: unknown) => {
      throw isHoneError(cause) ? unreadableLine(cause, file, line) : cause;
    });
    if (!limit.fits({ tokens })) {
      const ofTools = await toolTokens(renderer, answer.messages, answer.settings);
      throw limit.error(`${file}:${line} (${of})`, { tokens }, ofTools);
    }
    const start = mask.findIndex((m, t) => t > 0 && m !== 0);
    if (start < 0) {
      const problem = `the model's template leaves no token of the ${of} answer to learn`;
      throw new HoneError("DATA_LINE_INVALID", { file, holds: "conversations", line, problem });
    }
    const prompt = tokens.slice(0, start);
    const other = prompts.get(line);
    if (other !== undefined && !isSame(other, prompt)) different.add(line);
    prompts.set(line, prompt);
  }
  if (different.size === 0) return undefined;
  const [first] = different;
  return {
    code: "PROMPTS_DIFFER",
    text: `${file}: in ${different.size} lines, the first of them ${first}, the two answers do not follow the same tokens: the tokenizer or the template writes the prompt differently before each. They are learned as they are written.`,
  };
}

const isSame = (a: TokenIds, b: TokenIds): boolean =>
  a.length === b.length && a.every((token, t) => token === b[t]);
