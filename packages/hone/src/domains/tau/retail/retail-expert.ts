/** An agent that does what the right agent of τ²-bench did, for learning from examples; its mistakes are actions by chance. */
import { Random } from "../../../core/random.ts";
import type { DomainExpertOptions } from "../../../environments/domain.ts";
import type { ActionAgent } from "../../../environments/run-episode.ts";
import type { Action } from "../../../ports/environment.ts";
import { retailActionNames } from "./retail-desk.ts";
import type { RetailTask } from "../../../data/tau2/retail-task.ts";
import { retailTools } from "./retail-tools.ts";

const say = (argument: string): Action => ({ name: "say", argument });

/**
 * The expert of a task: it asks who the customer is, makes the recorded calls, asks for a yes before the first change, says what the
 * customer must be told, and closes. The benchmark records no words, so those are our own. With `mistakeRate` 1 it knows nothing: it draws
 * actions, and words of what it last read as their arguments.
 * @example await runEpisode(retailEnvironment(), task, retailExpert({ mistakeRate: 0, seed: 1 }, task));
 */
export function retailExpert(
  { mistakeRate, seed }: DomainExpertOptions,
  task: RetailTask,
): ActionAgent {
  const script = scriptOf(task);
  let done = 0;
  return {
    selectAction(state, _validActions, steps) {
      const random = new Random("retail expert", seed, steps.length);
      if (random.uniform() < mistakeRate) return randomAction(state, random);
      return script[done++] ?? { name: "close" };
    },
  };
}

function scriptOf({ customer, calls, outputs }: RetailTask): readonly Action[] {
  const made = calls.map(({ name, arguments: given }) => ({
    ...{ name, argument: JSON.stringify(given) },
  }));
  const change = made.findIndex(({ name }) => retailTools[name]?.isChange === true);
  return [
    ...(customer.known === "" ? [] : [say("Please tell me your name and your email or zip code.")]),
    ...made.flatMap((call, i) =>
      i === change ? [say("I can do that. Shall I proceed?"), call] : [call],
    ),
    ...(outputs.length === 0 ? [] : [say(`It is ${outputs.join(", ")}.`)]),
    { name: "close" },
  ];
}

/** An action with words of a text as its arguments. */
function randomAction(state: string, random: Random): Action {
  const name = random.pick(retailActionNames);
  const word = (): string => random.pick(state.match(/[#\w@.-]+/g) ?? ["yes"]);
  if (name === "close") return { name };
  if (name === "say") return say(word());
  const given = (retailTools[name]?.parameters ?? []).map((key) => [
    key,
    key.endsWith("ids") ? [word()] : word(),
  ]);
  return { name, argument: JSON.stringify(Object.fromEntries(given)) };
}
