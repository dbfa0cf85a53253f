/** The messages that a team's member is given. They name no member; answers are shown under labels. */
import type { Message } from "../../core/message.ts";

/** An answer as members see it. */
export interface ShownAnswer {
  readonly label: string;
  readonly text: string;
}

/** What the messages of a turn are made of. */
export interface TurnMessages {
  readonly task: string;
  readonly answers: readonly ShownAnswer[];
  readonly mayAnswer: boolean;
  /** Why the member's last call was refused, if it was. */
  readonly note?: string | undefined;
  /** The winning answer of the attempt before, which was not accepted, and what to do better. */
  readonly rejected?: { readonly text: string; readonly instructions: string } | undefined;
}

const introduction =
  "You work on a task together with others, who stay anonymous. Either give an answer that is better than all answers " +
  "shown (tool new_answer), or vote for the best of them (tool vote). Make exactly one such call; the work ends when " +
  "everybody has voted since the last answer.";

/** The messages a turn begins with. */
export function turnMessages(known: TurnMessages): Message[] {
  const { task, answers, mayAnswer, note, rejected } = known;
  const parts = [
    `<task>\n${task}\n</task>`,
    rejected === undefined
      ? ""
      : `An earlier answer was not enough:\n<answer>\n${rejected.text}\n</answer>\nWhat to do better: ${rejected.instructions}`,
    answers.length === 0 ? "There are no answers yet: give one." : shownAnswers(answers),
    mayAnswer ? "" : "No further answers are taken: vote.",
    note === undefined ? "" : `Your last call was refused: ${note}`,
  ];
  return [
    { role: "system", content: introduction },
    { role: "user", content: parts.filter((part) => part !== "").join("\n\n") },
  ];
}

/** The message about answers that came during a turn. */
export function updateMessage(answers: readonly ShownAnswer[]): Message {
  return {
    role: "user",
    content: `New answers have come in; votes given before do not count.\n\n${shownAnswers(answers)}`,
  };
}

function shownAnswers(answers: readonly ShownAnswer[]): string {
  const shown = answers.map(({ label, text }) => `<answer of="${label}">\n${text}\n</answer>`);
  return ["The answers so far:", ...shown].join("\n");
}
