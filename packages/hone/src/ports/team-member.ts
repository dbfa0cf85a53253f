/**
 * The contract of a team's member: anything that can take a turn, such as a local policy, a model of an SDK or another
 * program. Members are anonymous to each other: they see answers under labels and never a name.
 */
import type { JsonValue } from "../core/json.ts";
import type { Message } from "../core/message.ts";
import type { TokenUsage } from "../core/span.ts";
import type { TeamAnswer } from "../core/team.ts";

/** The result of a call of a team's tool. */
export interface TeamToolReply {
  /** True when the answer or vote counts; the turn is then over. */
  readonly isAccepted: boolean;
  /** A sentence for the model: that its call was accepted, or why not. */
  readonly message: string;
}

/** One of the two tools of a team, `new_answer` or `vote`, in the form that tool loops of SDKs take. */
export interface TeamTool {
  /** The name under which the model calls the tool. */
  readonly name: "new_answer" | "vote";
  /** What the tool does, for the model. */
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonValue;
  /** Carries out a call. Takes arguments of any shape, also JSON text, and never throws. */
  execute(args: unknown): TeamToolReply;
}

/**
 * One part of the stream that a member gives in its turn: text, thoughts, a tool call or a count of tokens.
 *
 * A tool call does the same as `execute` of the tool. The turn ends with the first accepted call, so a member reports its
 * tokens before that call.
 */
export type MemberPart =
  | {
      readonly type: "content";
      /** The next piece of the member's text. */
      readonly text: string;
    }
  | {
      readonly type: "reasoning";
      /** The next piece of the member's thoughts. */
      readonly text: string;
    }
  | {
      readonly type: "tool_call";
      /** "new_answer" or "vote". */
      readonly name: string;
      /** The arguments, as an object or as JSON text. */
      readonly arguments: unknown;
    }
  | {
      readonly type: "usage";
      /** Tokens that were read and written since the last report. */
      readonly usage: TokenUsage;
    };

/**
 * What a member is given for one turn. The turn is over when an answer or a vote of it was accepted, when the member
 * returns, or when `signal` aborts.
 */
export interface TeamTurn {
  /** The task in words alone, for members that word their prompts themselves. */
  readonly task: string;
  /** The answers that this turn shows, under labels, in the order of the labels. */
  readonly answers: readonly { readonly label: string; readonly text: string }[];
  /** The task, the answers of the other members, and why this member's last call was refused, if it was. */
  readonly messages: readonly Message[];
  /** The tools that can be called now: no vote while there is no answer, no new answer beyond the limit. */
  readonly tools: readonly TeamTool[];
  /** Number of this member's turn, from 1. */
  readonly round: number;
  /** Seed for random choices; the same for the same seed of the team, member and round. */
  readonly seed: number;
  /** Aborts when the turn is over, for any reason. */
  readonly signal: AbortSignal;
  /**
   * Messages about answers that came since the turn began or since the last call of `updates`. A member that works in
   * several steps calls it between them when the team has `onNewAnswer: "inject"`: a vote counts only when its member has
   * seen the newest answer.
   */
  updates(): readonly Message[];
}

/** A member of a team: takes a turn and returns a stream of parts, or one message whose tool calls are carried out. */
export type TeamMember = (turn: TeamTurn) => AsyncIterable<MemberPart> | PromiseLike<Message>;

/** Whether a winning answer is good enough. */
export interface TeamEvaluation {
  /** True: the answer is the team's result. False: the team starts again. */
  readonly isAccepted: boolean;
  /** What the team is to do better in its next attempt. */
  readonly instructions?: string;
}

/** Looks at a team's winning answer and accepts it, or sends the team back with instructions. */
export type TeamEvaluator = (request: {
  readonly task: string;
  readonly answer: TeamAnswer;
  readonly attempt: number;
  readonly signal: AbortSignal;
}) => Promise<TeamEvaluation> | TeamEvaluation;
