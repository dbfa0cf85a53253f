/**
 * Automatic prompt optimization (APO, also ProTeGi): textual gradients and beam search.
 *
 * Pryzant et al. 2023, "Automatic Prompt Optimization with 'Gradient Descent' and Beam Search", arXiv:2305.03495, algorithms 1
 * and 2. In each round, for every prompt of the beam and `branchFactor` times:
 *
 *     minibatch of training tasks → rollouts → critique g ("gradient") → the prompt edited against g
 *
 * then the beam is the `beamWidth` best of beam and edits by their mean reward on the validation tasks.
 *
 * We differ from the paper in these places:
 *   1. every edit is measured on the same validation tasks with the same seeds, instead of a bandit's choice of tasks: what was
 *      measured once costs nothing again, and two prompts are compared task by task;
 *   2. the critic is shown the whole minibatch with its rewards, worst first, since rewards are numbers and not right or wrong;
 *   3. no paraphrases are added (the paper's Monte Carlo step); a wider branch does the same with a reason;
 *   4. an edit that loses or invents a placeholder is refused and asked for once more.
 * Agent Lightning's APO fills the first beam with copies of the start; here the first round has `branchFactor` edits of it.
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type {
  PromptCandidate,
  PromptEnd,
  PromptMethod,
  PromptMethodParts,
  PromptStep,
} from "../../ports/prompt-method.ts";
import type { EditQuestion } from "./critic-desk.ts";
import { critiqueMessages, editMessages } from "./critic-wording.ts";
import { type NewPrompts, PromptSearch, validationCount } from "./prompt-search.ts";
import { SearchEnd } from "./search-end.ts";
import {
  type PromptSearchOptions,
  recordedSettings,
  searchOptionNames,
  type SearchSettings,
  searchSettings,
} from "./search-options.ts";

/** Options of `apo`. */
export interface ApoOptions extends PromptSearchOptions {
  /** Rounds: each edits every prompt of the beam. Default 3. */
  readonly rounds?: number;
  /** Prompts that are kept from round to round. Default 4. */
  readonly beamWidth?: number;
  /** Edits of each prompt of the beam in a round. Default 4. */
  readonly branchFactor?: number;
}

interface ApoSettings extends SearchSettings {
  readonly rounds: number;
  readonly beamWidth: number;
  readonly branchFactor: number;
}

const optionNames: OptionNames<ApoOptions> = {
  ...searchOptionNames,
  rounds: true,
  beamWidth: true,
  branchFactor: true,
};

/**
 * Searches for better prompts by critique, edit and beam search. A round costs beamWidth · branchFactor minibatches of rollouts,
 * two calls of the critic for each, and validationSize rollouts for each edit; `minibatchSize` is 4 by default.
 *
 * @throws OPTION_INVALID
 * @source Pryzant et al. 2023, arXiv:2305.03495
 * @example
 * const result = await optimizePrompts({ model, agent, tasks, reward, prompts: { system }, critic: "openai/gpt-4o-mini", method: apo({ rounds: 2 }) });
 */
export function apo(options: ApoOptions = {}): PromptMethod {
  checkOptions("apo", options, optionNames);
  const { rounds = 3, beamWidth = 4, branchFactor = 4 } = options;
  const check = optionChecks("apo");
  const own = { rounds, beamWidth, branchFactor };
  for (const [name, value] of Object.entries(own)) check.whole(name, value, { min: 1 });
  const settings = { ...searchSettings("apo", options, { minibatchSize: 4 }), ...own };
  const { criticCalls = 2 } = settings.budget;
  if (criticCalls < 2)
    throw check.invalid("budget.criticCalls", criticCalls, "at least 2, a critique and an edit");
  return {
    name: "apo",
    steps: rounds,
    settings: recordedSettings(settings, own),
    check: (tasks) => void validationCount("apo", settings, tasks),
    run: (parts) => run(settings, parts),
  };
}

async function* run(
  settings: ApoSettings,
  parts: PromptMethodParts,
): AsyncGenerator<PromptStep, PromptEnd> {
  const search = new PromptSearch("apo", settings, parts);
  yield await search.start();
  let beam: readonly PromptCandidate[] = [search.best];
  for (let round = 1; round <= settings.rounds; round++) {
    const end = await search.during(async () => {
      const edits = await editsOf(search, beam, round, settings);
      const added = await search.add(search.unknown(edits), round);
      beam = bestOf([...beam, ...added], settings.beamWidth);
    });
    yield search.report(round);
    if (end !== undefined) return end;
  }
  return "steps";
}

/** The candidates with the highest scores; of equal ones those that were found first. */
const bestOf = (candidates: readonly PromptCandidate[], count: number): PromptCandidate[] =>
  candidates.toSorted((a, b) => b.score - a.score || a.id - b.id).slice(0, count);

/** The edits of a round. What the rest of the budget does not suffice for is left out. */
async function editsOf(
  search: PromptSearch,
  beam: readonly PromptCandidate[],
  round: number,
  { branchFactor, beamWidth }: ApoSettings,
): Promise<readonly NewPrompts[]> {
  const branches = beam.flatMap((parent, place) =>
    Array.from({ length: branchFactor }, (_, branch) => {
      // Numbered as if the beam were full, so that a number never stands for two minibatches.
      const number = ((round - 1) * beamWidth + place) * branchFactor + branch;
      return { parent, number, tasks: search.minibatch(number) };
    }),
  );
  // Each needs a critique and an edit.
  const some = branches.slice(0, Math.floor(search.budget.callsLeft / 2));
  if (some.length === 0) throw new SearchEnd("budget");
  const results = await search.triedMinibatches(
    some.map(({ parent, tasks }) => ({ prompts: parent.prompts, tasks })),
  );
  const learned = some.flatMap((branch, i) => {
    if (!search.isPerfect(results[i]!)) return [{ ...branch, results: results[i]! }];
    search.warn("MINIBATCHES_PERFECT");
    return [];
  });
  const abouts = learned.map(({ parent, number }) => {
    const names = Object.keys(parent.prompts);
    return { prompts: parent.prompts, name: names[number % names.length]! };
  });
  const critiques = await search.critic.ask(
    learned.map(({ number, tasks, results: tried }, i) => ({
      key: `critique ${number}`,
      messages: critiqueMessages(abouts[i]!, search.examples(tasks, tried)),
    })),
  );
  const questions = learned.map(({ number }, i): EditQuestion => {
    const messages = editMessages(abouts[i]!, critiques[i]!, search.critic.isBound);
    return { key: `edit ${number}`, messages, ...abouts[i]! };
  });
  const edited = await search.critic.edits(questions);
  return edited.flatMap((prompts, i) =>
    prompts === undefined ? [] : [{ prompts, parents: [learned[i]!.parent.id] }],
  );
}
