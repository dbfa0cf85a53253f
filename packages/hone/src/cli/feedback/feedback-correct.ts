/** `hone feedback correct`: a person writes what a trace should have answered. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { HoneError } from "../../core/errors.ts";
import { fileReason } from "../../core/file-reason.ts";
import { AnswerLines } from "./answer-lines.ts";
import { defineCommand, type Invocation } from "../command.ts";
import { edited } from "./editor.ts";
import { authorOf, authorOption } from "./feedback-options.ts";
import { shownLine } from "../terminal/shown-text.ts";
import { type StoreFlags, storeAt, storeOption } from "../traces/store-options.ts";

interface Flags extends StoreFlags {
  readonly author?: string;
  readonly file?: string;
  readonly reason?: string;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone feedback correct 4bf92f35 --author ada",
    "npx hone feedback correct 4bf92f35 --author ada --file better.md",
  ],
  notes: [
    "Opens the trace's answer in the editor that VISUAL or EDITOR names, else in vi",
    "(Windows: notepad). In a pipe, the corrected answer is what comes in. An answer",
    "left as it was is not stored.",
  ],
  define: (command) =>
    void command
      .argument("<trace>", "its id, or the beginning of it")
      .addOption(storeOption())
      .addOption(authorOption())
      .option("--file <file>", "the corrected answer, instead of an editor")
      .option("--reason <text>", "why"),
  run: async (invocation) => {
    const { values, flags, terminal } = invocation;
    const { withFeedbackDesk } = await import("../../app/feedback/feedback-desk.ts");
    const author = await authorOfCorrection(invocation);
    await withFeedbackDesk(storeAt(flags, terminal), async (desk) => {
      const { id, answer } = await desk.find(values[0]!);
      if (answer === undefined) throw new HoneError("FEEDBACK_NO_ANSWER", { id });
      const given = await correctionOf(answer, invocation);
      const corrected = answer.endsWith("\n") ? given : given.replace(/\r?\n$/, "");
      const isStored = corrected.trim() !== "" && corrected.trim() !== answer.trim();
      if (!isStored) {
        const why = corrected.trim() === "" ? "it is empty" : "it is what the trace answered";
        return terminal.tell({ traceId: id, stored: false }, `nothing stored: ${why}`);
      }
      const because = flags.reason === undefined ? {} : { reason: flags.reason };
      const correction = { traceId: id, answer: corrected, ...because };
      const said = await desk.keep({ kind: "correction", author, ...correction });
      terminal.tell(
        { ...said, stored: true },
        `correction of ${shownLine(id)} by ${shownLine(author)} stored`,
      );
    });
  },
});

/** Asks for the author. The terminal is released afterwards, so that an editor can use it. */
async function authorOfCorrection(invocation: Invocation<Flags>): Promise<string> {
  const { stdin } = invocation.terminal.streams;
  if (!stdin.isTTY) {
    const noTerminal = { ask: async () => undefined };
    return authorOf("feedback correct", invocation.flags.author, noTerminal);
  }
  const answers = new AnswerLines(invocation);
  try {
    return await authorOf("feedback correct", invocation.flags.author, answers);
  } finally {
    answers.close();
  }
}

async function correctionOf(
  answer: string,
  { flags, terminal }: Invocation<Flags>,
): Promise<string> {
  const { stdin } = terminal.streams;
  if (flags.file !== undefined && flags.file !== "-") {
    try {
      return await readFile(flags.file, "utf8");
    } catch (error) {
      const facts = { file: flags.file, reason: fileReason(error) };
      throw new HoneError("CORRECTION_UNREADABLE", facts, { cause: error });
    }
  }
  return stdin.isTTY && flags.file === undefined ? edited(answer) : text(stdin);
}
