/**
 * A team's member for a small model: few tokens in, few out.
 *
 *     a 4 b 1 c 8 d 6 ? 1 c 2 b            the task, and the answers so far under numbers
 *     say b                                a new answer
 *     vote 2                               a vote
 */
import type { Message } from "../../../core/message.ts";
import type { ChatModel } from "../../../ports/chat-model.ts";
import type { TeamMember, TeamTurn } from "../../../ports/team-member.ts";

/** What a member does in a turn. A vote is for the number under which an answer is shown, from 1. */
export type CompactAction =
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "vote"; readonly number: number };

/** The prompt of a turn. */
export const compactPrompt = ({ task, answers }: Pick<TeamTurn, "task" | "answers">): string =>
  [task, "?", ...answers.map(({ text }, i) => `${i + 1} ${text}`)].join(" ");

/** @example compactReply({ kind: "vote", number: 2 }); // "vote 2" */
export const compactReply = (action: CompactAction): string =>
  action.kind === "say" ? `say ${action.text}` : `vote ${action.number}`;

/** What a reply does; undefined for words that mean nothing. */
export function compactAction(reply: string): CompactAction | undefined {
  const [word, what = "", ...rest] = reply.trim().split(/\s+/);
  if (rest.length > 0 || what === "") return undefined;
  if (word === "say") return { kind: "say", text: what };
  return word === "vote" && /^\d$/.test(what) ? { kind: "vote", number: Number(what) } : undefined;
}

/** A member that asks the model once in each turn, under its name. */
export function compactMember(model: ChatModel, agent: string): TeamMember {
  return async function* member(turn) {
    const messages: Message[] = [{ role: "user", content: compactPrompt(turn) }];
    const reply = await model.chat(messages, { agent, signal: turn.signal });
    yield { type: "content", text: reply.content };
    const action = compactAction(reply.content);
    if (action?.kind === "say")
      yield { type: "tool_call", name: "new_answer", arguments: { content: action.text } };
    if (action?.kind === "vote")
      yield {
        ...{ type: "tool_call", name: "vote" },
        arguments: { agent: turn.answers[action.number - 1]?.label ?? "" },
      };
  };
}
