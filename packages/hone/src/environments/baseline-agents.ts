/** Agents that know nothing of a domain, to measure how far one gets without learning. */
import { mostFrequent } from "../core/most-frequent.ts";
import { Random } from "../core/random.ts";
import type { Action, Episode } from "../ports/environment.ts";
import { formatAction } from "./action-text.ts";
import type { ActionAgent } from "./run-episode.ts";

/**
 * An agent that draws one of the valid actions, and one of the arguments that this action had in the given episodes.
 *
 * @param episodes  where arguments are taken from, such as those of an expert on training tasks; an action that they do not
 *                  hold is taken without an argument
 * @param seed      decides the draws; give each episode its own
 * @example await runEpisode(mathEnvironment(), task, randomAgent(await expertEpisodes(tasks), 1));
 */
export function randomAgent(episodes: readonly Episode[], seed: number): ActionAgent {
  const known = argumentsByName(episodes);
  return {
    selectAction(_state, validActions, steps) {
      const random = new Random("random agent", seed, steps.length);
      const name = random.pick(validActions);
      const action = random.pick(known.get(name) ?? [undefined]);
      return action === undefined ? { name } : { name, argument: action };
    },
  };
}

/**
 * An agent that takes, at each step, the action that the given episodes most often have at that step, whatever it observes.
 * Behind the longest of them it takes the last such action again.
 *
 * @returns an agent whose action is "nothing", which no environment knows, when there are no episodes
 * @example await runEpisode(mathEnvironment(), task, majorityAgent(await expertEpisodes(tasks)));
 */
export function majorityAgent(episodes: readonly Episode[]): ActionAgent {
  const byStep: Action[] = [];
  for (let step = 0; ; step++) {
    const actions = episodes.flatMap(({ steps }) => steps[step]?.action ?? []);
    if (actions.length === 0) break;
    byStep.push(mostFrequent(actions, formatAction)!);
  }
  return {
    selectAction: (_state, _validActions, steps) =>
      byStep[Math.min(steps.length, byStep.length - 1)] ?? { name: "nothing" },
  };
}

function argumentsByName(
  episodes: readonly Episode[],
): ReadonlyMap<string, readonly (string | undefined)[]> {
  const actions = episodes.flatMap(({ steps }) => steps.map(({ action }) => action));
  const names = new Set(actions.map(({ name }) => name));
  const argumentsOf = (name: string): readonly (string | undefined)[] =>
    actions.filter((action) => action.name === name).map(({ argument }) => argument);
  return new Map([...names].map((name) => [name, [...new Set(argumentsOf(name))]]));
}
