/**
 * A conversation as the steps of a trajectory. A reply of the model is a turn:
 *
 *     calls of tools                     one step for each, with the tool's result as its observation
 *     text, and the user replies         one step "respond", with the user's words as its observation
 *     text, and the model goes on        one step "reason"
 *     text at the end                    one step "answer"
 *
 * A shell is the tool "bash", whatever it is called, so that all shells are one set of training data.
 */
import type { Message, ToolCall } from "../../core/message.ts";
import { isObject, type JsonValue, parsedJson } from "../../core/json.ts";
import {
  type StepKind,
  toolOfKind,
  type TrajectoryStep,
  type UnifiedTrajectory,
} from "../../core/unified-trajectory.ts";

/** Why a conversation is no trajectory. */
export type NoTrajectory =
  | "no assistant message"
  | "pictures"
  | "roles out of order"
  | "a result without a call";

/** The part of a trajectory that a conversation says. */
export interface ConversationSteps extends Pick<UnifiedTrajectory, "steps" | "answer"> {
  readonly question?: string;
  readonly instructions?: string;
}

/** @returns why there is none, where the conversation is none */
export function stepsOfMessages(messages: readonly Message[]): ConversationSteps | NoTrajectory {
  if (messages.some(({ images = [] }) => images.length > 0)) return "pictures";
  if (!messages.some(({ role }) => role === "assistant")) return "no assistant message";
  const reader = new StepReader();
  for (const [i, message] of messages.entries()) {
    const problem = reader.read(message, messages[i + 1]?.role);
    if (problem !== undefined) return problem;
  }
  return reader.result();
}

/** A step under construction. */
type OpenStep = { -readonly [K in keyof TrajectoryStep]: TrajectoryStep[K] };

class StepReader {
  readonly #steps: OpenStep[] = [];
  readonly #waiting = new Map<string, OpenStep>();
  #turn = 0;
  #instructions: string | undefined;
  #question: string | undefined;

  /** @param next  the role of the message behind it */
  read(message: Message, next: Message["role"] | undefined): NoTrajectory | undefined {
    switch (message.role) {
      case "system":
        return this.#readSystem(message);
      case "user":
        return this.#readUser(message);
      case "tool":
        return this.#readResult(message);
      case "assistant":
        return this.#readReply(message, next);
    }
  }

  result(): ConversationSteps {
    const last = this.#steps.at(-1)!;
    return {
      steps: this.#steps,
      ...(last.kind === "answer" && { answer: last.text ?? "" }),
      ...(this.#question !== undefined && { question: this.#question }),
      ...(this.#instructions !== undefined && { instructions: this.#instructions }),
    };
  }

  #readSystem({ content }: Message): NoTrajectory | undefined {
    const isFirst = this.#instructions === undefined && this.#question === undefined;
    if (!isFirst || this.#steps.length > 0) return "roles out of order";
    this.#instructions = content;
    return undefined;
  }

  #readUser({ content }: Message): NoTrajectory | undefined {
    const last = this.#steps.at(-1);
    if (last === undefined) {
      if (this.#question !== undefined) return "roles out of order";
      this.#question = content;
      return undefined;
    }
    if (last.kind !== "respond" || last.observation !== undefined) return "roles out of order";
    last.observation = content;
    return undefined;
  }

  /** A result without an id is that of the first call that has none yet. */
  #readResult({ content, toolCallId }: Message): NoTrajectory | undefined {
    const [firstId] = this.#waiting.keys();
    const step = this.#waiting.get(toolCallId ?? firstId ?? "");
    if (step === undefined) return "a result without a call";
    step.observation = content;
    this.#waiting.delete(step.callId!);
    return undefined;
  }

  #readReply(message: Message, next: Message["role"] | undefined): NoTrajectory | undefined {
    const { content, reasoning, toolCalls = [] } = message;
    const turn = this.#turn++;
    // Results of an earlier reply's calls do not come behind this one.
    this.#waiting.clear();
    const first = { ...(reasoning !== undefined && { thought: reasoning }) };
    if (toolCalls.length > 0) {
      for (const [i, call] of toolCalls.entries())
        this.#addCall(call, turn, i === 0 ? { ...first, ...textOf(content) } : {});
      return undefined;
    }
    if (next === "tool") return "a result without a call";
    const kind = next === undefined ? "answer" : next === "user" ? "respond" : "reason";
    if (next === "system") return "roles out of order";
    this.#add({ turn, kind, tool: toolOfKind[kind], ...first, text: content });
    return undefined;
  }

  #addCall(call: ToolCall, turn: number, more: Pick<TrajectoryStep, "thought" | "text">): void {
    const { id, name } = call;
    const tool = toolSet(name);
    const step = this.#add({
      ...{ turn, kind: "call" as StepKind, tool },
      ...(tool !== name && { name }),
      ...{ callId: id, arguments: argumentsOf(call), ...more },
    });
    this.#waiting.set(id, step);
  }

  #add(step: Omit<TrajectoryStep, "index">): OpenStep {
    const added: OpenStep = { index: this.#steps.length, ...step };
    this.#steps.push(added);
    return added;
  }
}

const textOf = (content: string) => (content === "" ? {} : { text: content });

/** An object where the text is the JSON of one that it says again letter by letter, else the text. */
function argumentsOf({ arguments: text }: ToolCall): JsonValue {
  const value: unknown = parsedJson(text);
  return isObject(value) && JSON.stringify(value) === text ? (value as JsonValue) : text;
}

/** Names under which frameworks offer a shell. */
const shells = new Set([
  ...["bash", "shell", "sh", "terminal", "execute_bash", "run_bash", "run_shell", "run_command"],
  ...["execute_command", "local_shell", "shell_command"],
]);

/** The set of training data that a tool's calls belong to. */
export const toolSet = (name: string): string => (shells.has(name.toLowerCase()) ? "bash" : name);
