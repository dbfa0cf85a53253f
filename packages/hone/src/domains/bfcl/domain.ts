/** Tasks of BFCL v4 as a domain for every command that takes one: single-turn calls of functions, scored by the benchmark's rule. */
import type { Reward } from "../../core/rollout.ts";
import { bfclCategories, type BfclTask } from "../../data/bfcl/bfcl-task.ts";
import type { ChatFormat } from "../../environments/chat-format.ts";
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import type { Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { callsIn } from "./calls.ts";
import { bfclEnvironment } from "./environment.ts";
import { bfclExpert } from "./expert.ts";
import { possibleCalls } from "./rule.ts";

/** How functions are called, for a model that follows instructions. */
const system = [
  "You call functions. Reply with one line for each call and nothing else:",
  '{"name": "function_name", "arguments": {"parameter": value}}',
  "If no function fits, or the user does not say what a function requires, reply in words and call nothing.",
].join("\n");

/** The reply as it is, which the environment reads. */
const format: ChatFormat = {
  parse: (reply) => ({ name: "reply", argument: reply }),
  format: ({ argument = "" }) => argument,
};

/** The domain of tasks that were imported. Levels count the categories in their order. */
export const bfclDomain = (tasks: {
  readonly train: readonly BfclTask[];
  readonly test: readonly BfclTask[];
}): DomainDefinition<BfclTask> =>
  defineDomain<BfclTask>({
    tasks,
    levels: Object.keys(bfclCategories).length,
    environment: bfclEnvironment,
    maxActions: 1,
    reward: bfclReward,
    expert: bfclExpert,
    format: { compact: format, instructed: { ...format, system } },
  });

/**
 * The reward of an episode: 1 where the benchmark's rule says that the reply is right, else 0. Beside it, as parts that weigh nothing:
 *
 *     calls      1 where it calls as many functions as it is to, else 0
 *     functions  1 where these are the right functions, whatever their arguments, else 0
 */
export function bfclReward({
  task,
  answer,
}: Pick<UnscoredRollout<BfclTask, Episode>, "task" | "answer">): Reward {
  const names = callsIn(answer.steps.at(-1)?.action.argument ?? "").map(({ name }) => name);
  const success = answer.isSuccess ? 1 : 0;
  const parts =
    bfclCategories[task.category] === "answers"
      ? callParts(
          names,
          possibleCalls(task).map(({ name }) => name),
        )
      : { calls: success, functions: success };
  return { total: answer.totalReward, components: { success, ...parts }, source: "rule" };
}

function callParts(made: readonly string[], wanted: readonly string[]) {
  const isSame = made.toSorted().join("\n") === wanted.toSorted().join("\n");
  return { calls: made.length === wanted.length ? 1 : 0, functions: isSame ? 1 : 0 };
}
