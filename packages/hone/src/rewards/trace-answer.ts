/** The prompt and the answer of a trace, as messages. */
import type { Message } from "../core/message.ts";
import type { PromptSpan, PromptText, Span } from "../core/span.ts";
import { namedAgent, type SpansById, spansAround, spansById } from "../core/span-tree.ts";
import type { TeamAnswer } from "../core/team.ts";
import type { Trace } from "../core/trace.ts";
import { outcomeOf } from "./team-outcome.ts";

/** The prompt of a trace: the input of its first model call, or its task when it has no model call. */
export function promptOf(trace: Trace): readonly Message[] {
  const call = trace.spans.find((span) => span.kind === "prompt");
  return messagesOf(call?.kind === "prompt" ? call.input : trace.task, "user");
}

/** What a trace answered, and the call that said it. */
export interface TraceAnswer {
  readonly message: Message;
  /** The call of the model or of the agent. Absent for the text of content spans, and for a member of a team without calls. */
  readonly call?: PromptSpan;
  /** The agent that answered. Absent where that is the trace's own. */
  readonly agent?: string;
}

/**
 * The answer of a trace:
 *
 *     of a team                 the winning answer, and its member's call that says it, else the member's last call
 *     of an agent               what its last call gave back; calls within that call, such as those of other agents, do not count
 *     without any such call     the text of the content spans together
 *
 * @returns undefined where nothing was answered
 */
export function traceAnswer({ spans }: Pick<Trace, "spans">): TraceAnswer | undefined {
  const byId = spansById(spans);
  const winner = outcomeOf({ spans })?.winner;
  const ofTeam = winner === undefined ? undefined : answerOfMember(winner, spans, byId);
  if (ofTeam !== undefined) return ofTeam;
  const calls = outermost(spans.filter(isAnswered), byId);
  const call = calls.at(-1);
  if (call !== undefined) return { message: replyOf(call)!, ...saidBy(call, byId) };
  const content = spans.map((span) => (span.kind === "content" ? span.content : "")).join("");
  return content.trim() === "" ? undefined : { message: { role: "assistant", content } };
}

/** The answer of a trace as `traceAnswer` finds it; undefined where nothing was answered. */
export function answerOf(trace: Pick<Trace, "spans">): readonly Message[] | undefined {
  const answer = traceAnswer(trace);
  return answer === undefined ? undefined : [answer.message];
}

/** @returns undefined where neither the team's event nor a call of the member has a text */
function answerOfMember(
  { member, text }: TeamAnswer,
  spans: readonly Span[],
  byId: SpansById,
): TraceAnswer | undefined {
  const own = spans.filter(
    (span): span is PromptSpan => span.kind === "prompt" && namedAgent(byId, span) === member,
  );
  const calls = outermost(own, byId);
  const call = calls.findLast((one) => says(one, text.trim())) ?? calls.at(-1);
  const message: Message | undefined =
    text.trim() === "" ? call && replyOf(call) : { role: "assistant", content: text };
  return message && { message, ...(call !== undefined && { call }), agent: member };
}

const saidBy = (call: PromptSpan, byId: SpansById): Omit<TraceAnswer, "message"> => {
  const agent = namedAgent(byId, call);
  return { call, ...(agent !== undefined && { agent }) };
};

/** The calls that lie in no other of these calls. */
function outermost(calls: readonly PromptSpan[], byId: SpansById): readonly PromptSpan[] {
  const ids = new Set(calls.map(({ id }) => id));
  return calls.filter(
    (call) => !spansAround(byId, call).some((one) => one !== call && ids.has(one.id)),
  );
}

const isAnswered = (span: Span): span is PromptSpan =>
  span.kind === "prompt" && replyOf(span) !== undefined;

/** The last message of a call's output that has a text. */
const replyOf = ({ output }: PromptSpan): Message | undefined =>
  (output === undefined ? [] : messagesOf(output, "assistant")).findLast(
    ({ role, content }) => role === "assistant" && content.trim() !== "",
  );

/** Whether a call's output holds a text, in words or, as answers to a team often are, in the arguments of a tool's call. */
const says = ({ output = [] }: PromptSpan, text: string): boolean =>
  messagesOf(output, "assistant").some(({ content, toolCalls = [] }) => {
    const inJson = JSON.stringify(text).slice(1, -1);
    return content.includes(text) || toolCalls.some((call) => call.arguments.includes(inJson));
  });

const messagesOf = (text: PromptText, role: Message["role"]): readonly Message[] =>
  typeof text === "string" ? [{ role, content: text }] : text;
