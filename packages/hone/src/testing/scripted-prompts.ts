/** Doubles for prompt methods: a critic and trials whose answers are functions of what they are asked. */
import type { Message } from "../core/message.ts";
import type { Prompts } from "../core/prompts.ts";
import type { Task } from "../core/rollout.ts";
import type { Critic, CriticRequest } from "../ports/critic.ts";
import type { PromptTrial, PromptTrials, TrialResult } from "../ports/prompt-method.ts";

/** A critic that keeps what it was asked. */
export interface ScriptedCritic extends Critic {
  /** The requests so far, in the order in which they were made. */
  readonly requests: readonly CriticRequest[];
}

/**
 * A critic that answers by a function of the question's text and its number, from 0. It counts the characters of question and
 * reply as its tokens.
 * @example scriptedCritic((text) => (text.includes("<prompt>") ? "<prompt>Add the numbers.</prompt>" : "It is too short."));
 */
export function scriptedCritic(
  reply: (question: string, index: number) => string,
  options: { readonly bindsReplies?: boolean } = {},
): ScriptedCritic {
  const requests: CriticRequest[] = [];
  return {
    name: "scripted",
    ...options,
    requests,
    async ask(request) {
      const text = request.messages.map(({ content }) => content).join("\n\n");
      const said = reply(text, requests.push(request) - 1);
      return { text: said, tokens: text.length + said.length };
    },
  };
}

/** Trials that keep what was run. */
export interface ScriptedTrials extends PromptTrials {
  /** The trials that were run, in their order. */
  readonly trials: readonly PromptTrial[];
}

/**
 * Trials whose reward is a function of prompts and task; undefined fails the rollout. The conversation of a trial is its prompts
 * as system messages, then the task's id.
 * @example scriptedTrials((prompts, task) => (prompts["system"]!.includes("add") ? 1 : 0));
 */
export function scriptedTrials(
  reward: (prompts: Prompts, task: Task, sample: number) => number | undefined,
): ScriptedTrials {
  const trials: PromptTrial[] = [];
  return {
    trials,
    async run(some, signal) {
      signal?.throwIfAborted();
      trials.push(...some);
      return some.map((trial) =>
        trialResult(trial, reward(trial.prompts, trial.task, trial.sample)),
      );
    },
  };
}

function trialResult({ prompts, task }: PromptTrial, total: number | undefined): TrialResult {
  const system = Object.values(prompts).map((content): Message => ({ role: "system", content }));
  const conversations = [[...system, { role: "user" as const, content: task.id }]];
  if (total === undefined) {
    const failure = { boundary: "agent" as const, message: "it was scripted to fail" };
    return { reward: undefined, isSuccess: false, failure, answer: undefined, conversations };
  }
  return {
    reward: { total, components: {}, source: "rule" },
    isSuccess: total > 0,
    failure: undefined,
    answer: String(total),
    conversations,
  };
}
