/**
 * Runs one turn of a team's member to its end, also when the member hangs, throws, floods or answers nonsense.
 *
 * Nothing waits for a member that ignores its signal, and its later parts are ignored. Only a member whose code loops
 * without ever waiting cannot be stopped, because it runs in this thread.
 */
import { messageOf } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { MemberPart, TeamMember, TeamTurn } from "../../ports/team-member.ts";

/** What is needed to run a turn. */
export interface TurnRequest {
  readonly member: TeamMember;
  readonly turn: TeamTurn;
  /** Time limit of the turn, in ms. */
  readonly timeoutMs: number;
  /** Called with each part of the member's stream, in order. */
  readonly onPart: (part: MemberPart) => void;
}

/** How a turn ended. */
export type TurnResult =
  /** "done": the member returned. "stopped": the turn's signal aborted. "timeout": the time limit was reached. */
  | { readonly end: "done" | "stopped" | "timeout" }
  | { readonly end: "error"; readonly message: string };

/** After this many parts of a stream the event loop gets a turn, also when the stream never waits for anything. */
const partsAtOnce = 100;

/** Characters of content and reasoning that a member may give in one turn. */
const maxCharacters = 1_000_000;

/** Runs the turn; never throws. */
export async function takeTurn(request: TurnRequest): Promise<TurnResult> {
  const { turn, timeoutMs } = request;
  const stopped = new Promise<TurnResult>((resolve) => {
    const stop = (): void => resolve({ end: "stopped" });
    if (turn.signal.aborted) stop();
    else turn.signal.addEventListener("abort", stop, { once: true });
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<TurnResult>((resolve) => {
    timer = setTimeout(() => resolve({ end: "timeout" }), timeoutMs);
  });
  const isOver = { value: false };
  const work = workOf(request, isOver).catch((error: unknown): TurnResult => ({
    end: "error",
    message: messageOf(error),
  }));
  const result = await Promise.race([stopped, work, late]);
  isOver.value = true;
  clearTimeout(timer);
  // A member that throws because its signal aborted has not failed.
  return turn.signal.aborted ? { end: "stopped" } : result;
}

async function workOf(request: TurnRequest, isOver: { value: boolean }): Promise<TurnResult> {
  const { member, turn, onPart } = request;
  const work: unknown = member(turn);
  if (isStream(work)) return readStream(work, request, isOver);
  const message: unknown = await (work as PromiseLike<unknown>);
  if (isOver.value) return { end: "stopped" };
  for (const part of partsOf(message)) onPart(part);
  return { end: "done" };
}

async function readStream(
  stream: AsyncIterable<unknown>,
  { onPart, timeoutMs }: TurnRequest,
  isOver: { value: boolean },
): Promise<TurnResult> {
  const iterator = stream[Symbol.asyncIterator]();
  const started = performance.now();
  let characters = 0;
  try {
    for (let count = 1; ; count++) {
      const next = await iterator.next();
      if (isOver.value) return { end: "stopped" };
      if (next.done === true) return { end: "done" };
      const part = checkedPart(next.value);
      if ("text" in part) characters += part.text.length;
      if (characters > maxCharacters) throw new Error("it said more than a million characters");
      onPart(part);
      // Timers do not run while a stream that never waits is read.
      if (performance.now() - started > timeoutMs) return { end: "timeout" };
      if (count % partsAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    // Not awaited: a stream that hangs would hang here again.
    void endStream(iterator).catch(() => undefined);
  }
}

async function endStream(iterator: AsyncIterator<unknown>): Promise<void> {
  await iterator.return?.();
}

function checkedPart(part: unknown): MemberPart {
  if (isMemberPart(part)) return part;
  throw new Error(`it gave ${shortJson(part)}, which is no part of a turn`);
}

function isMemberPart(part: unknown): part is MemberPart {
  if (!isObject(part)) return false;
  const { type, text, name, usage } = part;
  switch (type) {
    case "content":
    case "reasoning":
      return typeof text === "string";
    case "tool_call":
      return typeof name === "string";
    case "usage":
      return isObject(usage) && isCount(usage["input"]) && isCount(usage["output"]);
    default:
      return false;
  }
}

/** A whole message as parts: its reasoning, its text, its tool calls. */
function partsOf(message: unknown): MemberPart[] {
  if (!isMessage(message)) {
    throw new Error(`it gave ${shortJson(message)}, which is neither a message nor a stream`);
  }
  const { reasoning, content, toolCalls = [] } = message;
  return [
    ...(reasoning === undefined ? [] : [{ type: "reasoning" as const, text: reasoning }]),
    ...(content === "" ? [] : [{ type: "content" as const, text: content }]),
    ...toolCalls.map((call) => ({ ...call, type: "tool_call" as const })),
  ];
}

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

const isMessage = (value: unknown): value is Message =>
  isObject(value) &&
  typeof value["content"] === "string" &&
  (value["toolCalls"] === undefined || Array.isArray(value["toolCalls"])) &&
  (value["reasoning"] === undefined || typeof value["reasoning"] === "string");

const isCount = (value: unknown): boolean =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;

function shortJson(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    text = String(value);
  }
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
