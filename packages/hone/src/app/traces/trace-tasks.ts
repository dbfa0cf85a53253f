/**
 * Tasks made of recorded traces: what users asked an agent, with the calls of tools that answered them then.
 *
 * A trace gives a task when its first model call begins a conversation with a question in words. All tasks of a session are on
 * one side of the split, and equal questions are one task.
 */
import { cutAttribute } from "../../core/cut-texts.ts";
import { uniform } from "../../core/random.ts";
import type { Message } from "../../core/message.ts";
import type { ToolSpan } from "../../core/span.ts";
import { type RecordedCall, replayableAttribute } from "../../core/tool-replay.ts";
import type { Trace } from "../../core/trace.ts";
import { answerOf, promptOf } from "../../rewards/trace-answer.ts";
import { hasUnrecordedTools } from "./called-tools.ts";

/** What every mark of a secret that was taken out begins with; see `mark` in recording/cleaning/redaction.ts. */
const REDACTED = "[redacted: ";

/** Why a trace gave no task. */
export type NoTask =
  /** It still runs. */
  | "running"
  /** hone made it: it is a rollout of a training. */
  | "rollout"
  /** Its first model call holds no words of a user. */
  | "no_question"
  /** The question has pictures, which a task cannot hold. */
  | "pictures"
  /** Its first model call goes on with an earlier conversation, which a program that gets one question cannot. */
  | "later_turn"
  /** A model called tools, or was given their results, whose runs were not recorded, so nothing can answer them again. */
  | "tools_not_recorded"
  /** An earlier trace asks the same. Blanks and capital letters make no difference. */
  | "duplicate";

/** A task of a recorded trace. */
export interface TraceTask {
  /** The trace's id. */
  readonly id: string;
  /** What the user asked. */
  readonly question: string;
  /** What the agent answered then, or a person's correction of it. Absent where there was no answer. */
  readonly answer?: string;
  /** The conversation that the trace belongs to; the trace itself where it belongs to none. */
  readonly session: string;
  /** Whether it is learned from, or held out to measure. */
  readonly split: "train" | "test";
  /** The calls of tools, in the order in which they began. */
  readonly calls: readonly RecordedCall[];
}

/** The tasks of traces, and how many traces gave none. */
export interface TraceTasks {
  readonly tasks: readonly TraceTask[];
  /** The traces of the tasks, in their order. */
  readonly traces: readonly Trace[];
  /** Number of calls that answer nothing, since recording cut them or took secrets out of them. */
  readonly changedCalls: number;
  /** Number of traces without a task, by the reason. */
  readonly leftOut: Readonly<Partial<Record<NoTask, number>>>;
  /** Whether a trace may be learned from: its session is not held out, and no user says in it what a held-out task asks. */
  readonly mayLearn: (trace: Trace) => boolean;
}

/**
 * The tasks of traces, in their order.
 *
 * A session is held out when a number in [0, 1) that is drawn by its name is below `heldOut`: traces that are recorded later
 * move no session to the other side. Where that leaves one side without a task, the session with the lowest number is held
 * out, and the one with the highest is learned from.
 *
 * @param heldOut  the share of sessions to hold out, from 0 to 1
 */
export async function tasksOfTraces(
  traces: AsyncIterable<Trace> | Iterable<Trace>,
  heldOut: number,
): Promise<TraceTasks> {
  const found: { readonly trace: Trace; readonly question: string }[] = [];
  const asked = new Set<string>();
  const leftOut: Partial<Record<NoTask, number>> = {};
  for await (const trace of traces) {
    const read = questionOf(trace);
    const isRepeated = "question" in read && asked.has(normalised(read.question));
    if ("reason" in read || isRepeated) {
      const reason = "reason" in read ? read.reason : "duplicate";
      leftOut[reason] = (leftOut[reason] ?? 0) + 1;
      continue;
    }
    asked.add(normalised(read.question));
    found.push({ trace, question: read.question });
  }
  const isHeldOut = heldOutSessions(
    found.map(({ trace }) => sessionOf(trace)),
    heldOut,
  );
  const tasks = found.map(({ trace, question }) => taskOf(trace, question, isHeldOut));
  const measured = new Set(
    tasks.flatMap(({ split, question }) => (split === "test" ? [normalised(question)] : [])),
  );
  return {
    tasks,
    changedCalls: found.reduce(
      (sum, { trace }) => sum + toolRuns(trace).filter(isChanged).length,
      0,
    ),
    traces: found.map(({ trace }) => trace),
    leftOut,
    mayLearn: (trace) => {
      if (trace.rolloutId !== undefined || isHeldOut(sessionOf(trace))) return false;
      // Traces that gave no task hold questions, too: those with pictures, or with further turns.
      return !questionsIn(promptOf(trace)).some((text) => measured.has(text));
    },
  };
}

type Question = { readonly question: string } | { readonly reason: NoTask };

function questionOf(trace: Trace): Question {
  if (trace.status === "running") return { reason: "running" };
  if (trace.rolloutId !== undefined) return { reason: "rollout" };
  const messages = promptOf(trace).filter(({ role }) => role !== "system");
  if (messages.some(({ role }) => role !== "user")) return { reason: "later_turn" };
  if (messages.some(({ images = [] }) => images.length > 0)) return { reason: "pictures" };
  const question = messages
    .map(({ content }) => content)
    .join("\n\n")
    .trim();
  if (question === "") return { reason: "no_question" };
  return hasUnrecordedTools(trace) ? { reason: "tools_not_recorded" } : { question };
}

/**
 * What users said in a prompt, each message by itself and those that it begins with as one text, so that they can be compared:
 * white space and capital letters make no difference.
 */
export function questionsIn(prompt: readonly Message[]): readonly string[] {
  const messages = prompt.filter(({ role }) => role !== "system");
  const end = messages.findIndex(({ role }) => role !== "user");
  const first = messages.slice(0, end === -1 ? messages.length : end);
  const each = messages.filter(({ role }) => role === "user").map(({ content }) => content);
  return [...each, first.map(({ content }) => content).join("\n\n")].map(normalised);
}

/** A question as `questionsIn` gives it. */
export const normalised = (question: string): string =>
  question.trim().replaceAll(/\s+/gu, " ").toLowerCase();

export const sessionOf = ({ session, id }: Trace): string => session ?? id;

function taskOf(
  trace: Trace,
  question: string,
  isHeldOut: (session: string) => boolean,
): TraceTask {
  const session = sessionOf(trace);
  const answer = correctedAnswer(trace) ?? answerOf(trace)?.[0]?.content;
  return {
    id: trace.id,
    question,
    ...(answer !== undefined && { answer }),
    session,
    split: isHeldOut(session) ? "test" : "train",
    calls: recordedCalls(trace),
  };
}

/** What people said last that the answer should have been. */
export const correctedAnswer = ({ feedback = [] }: Trace): string | undefined =>
  feedback
    .filter((one) => one.kind === "correction")
    .toSorted((a, b) => a.at - b.at)
    .at(-1)?.answer;

/** The calls of tools that ended and were kept whole, in the order in which they began. */
export const recordedCalls = (trace: Pick<Trace, "spans">): readonly RecordedCall[] =>
  toolRuns(trace).flatMap((span): RecordedCall[] => {
    if (isChanged(span)) return [];
    const { toolName: name, arguments: given, result, error } = span;
    const isOwn = span.attributes[replayableAttribute] === true;
    const call = { name, arguments: given, ...(isOwn && { isOwn }) };
    if (error !== undefined) {
      const { message, type } = error;
      return [{ ...call, error: message, ...(type && { errorType: type }) }];
    }
    return result === undefined ? [] : [{ ...call, result }];
  });

const toolRuns = ({ spans }: Pick<Trace, "spans">): readonly ToolSpan[] =>
  spans.filter((span) => span.kind === "tool");

/** Whether the recorded call differs from the one the agent made, because recording shortened it or removed secrets from it. */
function isChanged({ arguments: given, result, error, attributes }: ToolSpan): boolean {
  const text = JSON.stringify([given, result, error?.message]);
  return attributes[cutAttribute] !== undefined || text.includes(REDACTED);
}

function heldOutSessions(sessions: readonly string[], share: number): (session: string) => boolean {
  const drawn = [...new Set(sessions)]
    .map((session) => ({ session, draw: uniform("held-out session", session) }))
    .toSorted((a, b) => a.draw - b.draw);
  const held = drawn.filter(({ draw }) => draw < share);
  const atLeastOne = share > 0 && held.length === 0 ? drawn.slice(0, 1) : held;
  const learnsOne = atLeastOne.length === drawn.length ? atLeastOne.slice(0, -1) : atLeastOne;
  const names = new Set(learnsOne.map(({ session }) => session));
  return (session) => names.has(session);
}
