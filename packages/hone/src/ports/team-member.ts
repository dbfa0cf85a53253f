/**
 * One member of a team: anything that can take a turn. A local policy, a model of an SDK, a program outside.
 *
 * A turn is over when an answer or a vote of it was accepted, when the member is done, or when `signal` aborts. What a
 * member sees of the others is anonymous: their answers under labels, never a name.
 */
import type { JsonValue } from "../core/json.ts";
import type { Message } from "../core/message.ts";
import type { TokenUsage } from "../core/span.ts";
import type { TeamAnswer } from "../core/team.ts";

export interface TeamToolReply {
  readonly isAccepted: boolean;
  /** What to tell the model. */
  readonly message: string;
}

/** `new_answer` or `vote`, in a form that tool loops take. */
export interface TeamTool {
  readonly name: "new_answer" | "vote";
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonValue;
  /** Never throws; arguments of any shape, also JSON text. */
  execute(args: unknown): TeamToolReply;
}

/**
 * A part of what a member says; a tool call here does the same as `execute`. The turn is over with an accepted call, so
 * tokens are reported before it.
 */
export type MemberPart =
  | { readonly type: "content"; readonly text: string }
  | { readonly type: "reasoning"; readonly text: string }
  | { readonly type: "tool_call"; readonly name: string; readonly arguments: unknown }
  | { readonly type: "usage"; readonly usage: TokenUsage };

export interface TeamTurn {
  /** The task, what the others answered, and what became of this member's last call. */
  readonly messages: readonly Message[];
  /** The tools that can be called now: no vote while there is no answer, no answer beyond the limit. */
  readonly tools: readonly TeamTool[];
  /** This member's turn, from 1. */
  readonly round: number;
  /** The same for the same seed, member and round. */
  readonly seed: number;
  /** Aborts when the turn is over, for whatever reason. */
  readonly signal: AbortSignal;
  /**
   * Messages about answers that came since this turn began or since the last call. A member that works in several steps
   * calls it between them where new answers are injected; a vote counts for what the member has seen.
   */
  updates(): readonly Message[];
}

/** Gives a stream of parts, or one message whose tool calls are carried out. */
export type TeamMember = (turn: TeamTurn) => AsyncIterable<MemberPart> | PromiseLike<Message>;

/** What looks at a winning answer before it goes out. */
export interface TeamEvaluation {
  readonly isAccepted: boolean;
  /** What the team is to do better. */
  readonly instructions?: string;
}

export type TeamEvaluator = (request: {
  readonly task: string;
  readonly answer: TeamAnswer;
  readonly attempt: number;
  readonly signal: AbortSignal;
}) => Promise<TeamEvaluation> | TeamEvaluation;
