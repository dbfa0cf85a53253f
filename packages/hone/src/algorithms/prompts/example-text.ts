/** Rollouts as a critic reads them. */
import type { Message } from "../../core/message.ts";
import type { Task } from "../../core/rollout.ts";
import type { TrialResult } from "../../ports/prompt-method.ts";

/** A task and what came of it. */
export interface TriedExample {
  readonly task: Task;
  readonly result: TrialResult;
}

/**
 * Rollouts as text, those with the lowest reward first. What tasks and models say is quoted as JSON, so that nothing in it can
 * pass for an instruction to the critic.
 *
 * @param maxLength  characters of one rollout; of a longer one the middle is left out, and the text says how much
 */
export function examplesText(examples: readonly TriedExample[], maxLength: number): string {
  const rank = ({ result }: TriedExample): number => result.reward?.total ?? -Infinity;
  // Failed ones compare as equal to each other: −∞ − −∞ is NaN.
  const sorted = examples.toSorted((a, b) =>
    rank(a) === rank(b) ? 0 : rank(a) < rank(b) ? -1 : 1,
  );
  return sorted
    .map((example, i) => `Rollout ${i + 1}\n${withoutMiddle(exampleText(example), maxLength)}`)
    .join("\n\n");
}

function exampleText({ task, result }: TriedExample): string {
  const { id: _, ...fields } = task;
  const { conversations, answer, reward, failure } = result;
  const said = conversations.map((messages) => messages.map(messageText).join("\n"));
  const parts = Object.entries(reward?.components ?? {});
  return [
    `task: ${JSON.stringify(fields)}`,
    ...said.map((text) => `conversation:\n${text}`),
    ...(answer === undefined ? [] : [`answer: ${JSON.stringify(answer)}`]),
    ...(failure === undefined ? [] : [`failed in the ${failure.boundary}: ${failure.message}`]),
    ...(reward === undefined ? [] : [`reward: ${reward.total}`]),
    ...(parts.length === 0
      ? []
      : [`made of: ${parts.map(([name, value]) => `${name} ${value}`).join(", ")}`]),
    ...(reward?.reason === undefined ? [] : [`why: ${JSON.stringify(reward.reason)}`]),
  ].join("\n");
}

function messageText({ role, content, toolCalls = [] }: Message): string {
  const calls = toolCalls.map((call) => ` calls ${call.name} ${call.arguments}`);
  return `  ${role}: ${JSON.stringify(content)}${calls.join("")}`;
}

/** @example withoutMiddle("abcdefghij", 4); // "ab [… 6 characters left out …] ij" */
export function withoutMiddle(text: string, maxLength: number): string {
  const left = text.length - maxLength;
  if (left <= 0) return text;
  const head = Math.ceil(maxLength / 2);
  const tail = maxLength - head;
  return `${text.slice(0, head)} [… ${left} characters left out …] ${text.slice(text.length - tail)}`;
}
