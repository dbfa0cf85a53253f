/** The messages between hone and a process that answers task after task: a task goes there, what came of it comes back. */
import { isObject } from "../../core/json.ts";
import type { Prompts } from "../../core/prompts.ts";
import type { TaskVariables } from "./program-variables.ts";

/** A task to answer. */
export interface AgentJob {
  /** Of the tasks that the process is given, from 1. */
  readonly number: number;
  /** The task, without its hidden fields. */
  readonly task: unknown;
  readonly seed: number;
  /** The prompts that a search tries; empty elsewhere. */
  readonly prompts: Prompts;
  /** Variables of the task in the environment of the process; those of the task before are gone. */
  readonly variables: TaskVariables["variables"];
}

/** What came of a task. */
export type AgentReply = {
  /** The task's number. */
  readonly replyTo: number;
  /** Calls of the model that were refused since the last reply, since the tries that made them had ended. */
  readonly lateCalls: number;
} & AgentOutcome;

/** An answer, or what went wrong, in words, with the stack where there is one. */
export type AgentOutcome =
  | { readonly answer: string }
  | { readonly problem: string; readonly stack: string };

/** A message as the reply to a task; undefined for any other, as a user's own code may send. */
export function replyOf(message: unknown, number: number): AgentReply | undefined {
  if (!isObject(message)) return undefined;
  const { replyTo, lateCalls, answer, problem, stack } = message;
  if (replyTo !== number || typeof lateCalls !== "number") return undefined;
  if (typeof answer === "string") return { replyTo: number, lateCalls, answer };
  if (typeof problem !== "string" || typeof stack !== "string") return undefined;
  return { replyTo: number, lateCalls, problem, stack };
}
