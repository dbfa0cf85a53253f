/** A team's member that follows a script: for tests, demonstrations and teams with a fixed opponent. */
import type { Message } from "../../core/message.ts";
import type { TokenUsage } from "../../core/span.ts";
import type { MemberPart, TeamMember, TeamTurn } from "../../ports/team-member.ts";

/** What a scripted member does in one turn: answer, vote, only talk, throw, or hang. */
export type ScriptedStep =
  | {
      /** Gives this answer. */
      readonly answer: string;
      /** Tokens that the member reports before it. */
      readonly usage?: TokenUsage;
    }
  | {
      /** Votes for the shown answer that contains this text; ends the turn without a vote when none does. */
      readonly voteFor: string;
      /** The reason given with the vote. */
      readonly reason?: string;
      /** Tokens that the member reports before it. */
      readonly usage?: TokenUsage;
    }
  | {
      /** Says this text and ends the turn without an answer or a vote. */
      readonly say: string;
    }
  | {
      /** Throws an error with this message. */
      readonly throws: string;
    }
  | {
      /** Waits until the turn's signal aborts, or for ever. */
      readonly hang: "until stopped" | "for ever";
    };

/**
 * Makes a team's member that does one step of a script in each turn and repeats the last step.
 * @example scriptedMember([{ answer: "101 is prime." }, { voteFor: "103" }])
 */
export function scriptedMember(steps: readonly ScriptedStep[]): TeamMember {
  return async function* scripted(turn) {
    const step = steps[Math.min(turn.round, steps.length) - 1];
    if (step === undefined) return;
    if ("throws" in step) throw new Error(step.throws);
    if ("hang" in step) return hang(turn, step.hang);
    if ("say" in step) return yield { type: "content", text: step.say };
    if (step.usage) yield { type: "usage", usage: step.usage };
    if ("answer" in step) {
      yield { type: "tool_call", name: "new_answer", arguments: { content: step.answer } };
      return;
    }
    const call = voteCall(turn.messages, step);
    if (call) yield call;
  };
}

function voteCall(
  messages: readonly Message[],
  step: Extract<ScriptedStep, { voteFor: string }>,
): MemberPart | undefined {
  const shown = messages.flatMap(({ content }) => [
    ...content.matchAll(/<answer of="([^"]+)">\n([^]*?)\n<\/answer>/g),
  ]);
  const label = shown.find(([, , text]) => text!.includes(step.voteFor))?.[1];
  if (label === undefined) return undefined;
  const { reason } = step;
  const args = reason === undefined ? { agent: label } : { agent: label, reason };
  return { type: "tool_call", name: "vote", arguments: args };
}

async function hang(turn: TeamTurn, how: "until stopped" | "for ever"): Promise<void> {
  await new Promise<void>((resolve) => {
    if (how === "until stopped") turn.signal.addEventListener("abort", () => resolve());
  });
}
