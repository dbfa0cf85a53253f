/** Looks at a file's conversations through the model's own template before anything is trained. */
import { conversationRows, type RowsPer } from "../../../core/conversation-turns.ts";
import { describeError, HoneError, isHoneError } from "../../../core/errors.ts";
import type { Message } from "../../../core/message.ts";
import { asFlag } from "../../../core/option-naming.ts";
import type { Conversation } from "../../../data/conversations.ts";
import { openRenderer } from "../../../text/renderer.ts";
import { contextLimit, toolTokens } from "./context-limit.ts";
import type { SourceWarning } from "./opened-source.ts";

/**
 * Renders every conversation as training will, so that what cannot be learned is known before the first step.
 * @returns a warning where the template writes arguments of tool calls, which the file holds as text, as a quoted text
 * @throws ROW_TOO_LONG and DATA_LINE_INVALID, naming the line that the model cannot read
 */
export async function checkRows(
  model: string,
  conversations: readonly Conversation[],
  file: string,
  rowsPer: RowsPer = "conversation",
): Promise<SourceWarning | undefined> {
  const limit = await contextLimit(model);
  const renderer = await openRenderer(model);
  let quotedCount = 0;
  for (const conversation of conversations) {
    const { line, messages } = conversation;
    const texts = argumentTexts(messages);
    const rendered: string[] = [];
    for (const row of conversationRows(messages, conversation, rowsPer)) {
      const read = renderer.conversation(row.messages, row.settings);
      const { tokens } = await read.catch((cause: unknown) => {
        throw isHoneError(cause) ? unreadableLine(cause, file, line) : cause;
      });
      if (!limit.fits({ tokens })) {
        const ofTools = await toolTokens(renderer, row.messages, row.settings);
        throw limit.error(`${file}:${line}`, { tokens }, ofTools);
      }
      if (texts.length > 0) rendered.push(await renderer.decode(tokens));
    }
    quotedCount += texts.filter((one) => rendered.some((text) => text.includes(one))).length;
  }
  return quotedCount === 0 ? undefined : quotedArguments(quotedCount, file);
}

/** The error of a line that a model's template or tokenizer refuses. */
export function unreadableLine(cause: HoneError, file: string, line: number): HoneError {
  const { what, fix } = describeError(cause, asFlag) ?? { what: cause.message, fix: "" };
  const text = `${cause.code}: ${what} ${fix}`.trim().replace(/\.$/, "");
  const problem = `the model cannot read it: ${text}`;
  return new HoneError(
    "DATA_LINE_INVALID",
    { file, holds: "conversations", line, problem },
    { cause },
  );
}

/** How the arguments that a file holds as text look inside quotes, where that is another text. */
const argumentTexts = (messages: readonly Message[]): readonly string[] =>
  messages.flatMap(({ toolCalls = [], written = "" }) =>
    toolCalls.flatMap(({ arguments: given }) => {
      const quoted = JSON.stringify(given);
      return quoted.includes("\\") && written.includes(quoted) ? [quoted] : [];
    }),
  );

const quotedArguments = (count: number, file: string): SourceWarning => ({
  code: "ARGUMENTS_QUOTED",
  text: `${file}: ${count} tool calls hold their arguments as text, which this model's template writes inside quotes, as Python's would; the model learns to write them so. Where it should write an object, give the arguments as an object: {"arguments": {"city": "Oslo"}}.`,
});
