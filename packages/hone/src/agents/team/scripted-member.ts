/** A member that follows a script: for tests, demonstrations and teams with a fixed opponent. */
import type { Message } from "../../core/message.ts";
import type { TokenUsage } from "../../core/span.ts";
import type { MemberPart, TeamMember, TeamTurn } from "../../ports/team-member.ts";

/** What to do in one turn. */
export type ScriptedStep =
  | { readonly answer: string; readonly usage?: TokenUsage }
  /** Votes for the shown answer that contains this text; gives up its turn when there is none. */
  | { readonly voteFor: string; readonly reason?: string; readonly usage?: TokenUsage }
  | { readonly say: string }
  | { readonly throws: string }
  /** Waits for its signal, or for ever. */
  | { readonly hang: "until stopped" | "for ever" };

/**
 * Does one step a turn; the last step is repeated.
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
