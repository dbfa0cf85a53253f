/**
 * GEPA: reflective prompt evolution with a Pareto set of candidates.
 *
 * Agrawal et al. 2025, "GEPA: Reflective Prompt Evolution Can Outperform Reinforcement Learning", arXiv:2507.19457, algorithms 1
 * and 2. A candidate that is best on at least one validation task stays a parent, so that what it alone has learned is not lost:
 *
 *     parent Φ ~ f[Φ], the number of validation tasks that it is best on        pareto.ts
 *     σ  = Σ rewards of Φ on a minibatch of training tasks
 *     Φ′ = Φ with one prompt rewritten by the critic, which reads those rollouts
 *     σ′ = Σ rewards of Φ′ on the same minibatch
 *     σ′ > σ:  Φ′ is measured on all validation tasks and is a candidate
 *
 * The result is the candidate with the highest mean on the validation tasks. Of several prompts each candidate has its own turn;
 * `merge` joins two candidates that changed different ones (merge.ts), after a step that found a candidate.
 *
 * We differ from the authors' code (gepa 0.1.4) in these places: a budget is never exceeded; a rewritten prompt that loses or
 * invents a placeholder is refused and asked for once more; a wording that was a candidate before is not tried again; the common
 * ancestor of a merge is drawn uniformly, since rewards may be negative.
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Random } from "../../core/random.ts";
import type {
  PromptCandidate,
  PromptEnd,
  PromptMethod,
  PromptMethodParts,
  PromptStep,
} from "../../ports/prompt-method.ts";
import { meanOf } from "../blocks/sums.ts";
import { reflectionMessages } from "./critic-wording.ts";
import { mergedPrompts, mergePairs, mergeTasks } from "./merge.ts";
import { paretoFrequencies } from "./pareto.ts";
import { type NewPrompts, PromptSearch, validationCount } from "./prompt-search.ts";
import {
  type PromptSearchOptions,
  recordedSettings,
  searchOptionNames,
  type SearchSettings,
  searchSettings,
} from "./search-options.ts";

/** Options of `gepa`. */
export interface GepaOptions extends PromptSearchOptions {
  /** Steps at most: each rewrites one prompt of one candidate, or merges two. Default 20. */
  readonly steps?: number;
  /** Merges at most, for agents with at least two prompts. Default 0. */
  readonly merges?: number;
}

interface GepaSettings extends SearchSettings {
  readonly steps: number;
  readonly merges: number;
}

const optionNames: OptionNames<GepaOptions> = { ...searchOptionNames, steps: true, merges: true };

/**
 * Searches for better prompts by reflection and a Pareto set. A step costs two minibatches of rollouts and a call of the critic,
 * and validationSize rollouts where it finds a candidate; `minibatchSize` is 3 by default.
 *
 * @throws OPTION_INVALID
 * @source Agrawal et al. 2025, arXiv:2507.19457
 * @example
 * const result = await optimizePrompts({ model, agent, tasks, reward, prompts: { system }, critic: "openai/gpt-4o-mini", method: gepa({ budget: { rollouts: 500 } }) });
 */
export function gepa(options: GepaOptions = {}): PromptMethod {
  checkOptions("gepa", options, optionNames);
  const { steps = 20, merges = 0 } = options;
  const check = optionChecks("gepa");
  check.whole("steps", steps, { min: 1 });
  check.whole("merges", merges, { min: 0 });
  const own = { steps, merges };
  const settings = { ...searchSettings("gepa", options, { minibatchSize: 3 }), ...own };
  return {
    name: "gepa",
    steps,
    settings: recordedSettings(settings, own),
    check: (tasks) => void validationCount("gepa", settings, tasks),
    run: (parts) => run(settings, parts),
  };
}

async function* run(
  settings: GepaSettings,
  parts: PromptMethodParts,
): AsyncGenerator<PromptStep, PromptEnd> {
  const names = Object.keys(parts.prompts);
  if (settings.merges > 0 && names.length < 2) {
    const expected = "0: an agent with one prompt has nothing to merge";
    throw optionChecks("gepa").invalid("merges", settings.merges, expected);
  }
  const search = new PromptSearch("gepa", settings, parts);
  yield await search.start();
  const merger = new Merger(search, settings.merges);
  /** By the id of a candidate: how many of its prompts had their turn, those of its parent included. */
  const turns = new Map<number, number>([[0, 0]]);
  let minibatch = 0;
  for (let step = 1; step <= settings.steps; step++) {
    const end = await search.during(async () => {
      const merged = await merger.tryMerge(step);
      const found =
        merged === "none"
          ? await mutation(search, { step, turns, minibatch: minibatch++ })
          : merged;
      const added = await search.add(search.unknown(found), step);
      for (const { id, parents } of added)
        turns.set(id, Math.max(...parents.map((parent) => turns.get(parent)!)));
      // After a merge the next step rewrites again.
      merger.isDue = merged === "none" && added.length > 0;
    });
    yield search.report(step);
    if (end !== undefined) return end;
  }
  return "steps";
}

/** A candidate, drawn by the number of validation tasks that it is best on. */
function drawnParent(search: PromptSearch, random: Random): PromptCandidate {
  const counts = [...paretoFrequencies(search.candidates)];
  const ids = counts.flatMap(([id, count]) => Array.from({ length: count }, () => id));
  return search.candidates[random.pick(ids)]!;
}

/** One prompt of a drawn candidate rewritten, where that is better on a minibatch; else nothing. */
async function mutation(
  search: PromptSearch,
  {
    step,
    turns,
    minibatch,
  }: { readonly step: number; readonly turns: Map<number, number>; readonly minibatch: number },
): Promise<readonly NewPrompts[]> {
  const parent = drawnParent(search, search.random(step, "parent"));
  const { prompts } = parent;
  const tasks = search.minibatch(minibatch);
  const [before] = await search.triedMinibatches([{ prompts, tasks }]);
  const names = Object.keys(prompts);
  const turn = turns.get(parent.id)!;
  turns.set(parent.id, turn + 1);
  if (search.isPerfect(before!)) {
    search.warn("MINIBATCHES_PERFECT");
    return [];
  }
  const about = { prompts, name: names[turn % names.length]! };
  const examples = search.examples(tasks, before!);
  const messages = reflectionMessages(about, examples, search.critic.isBound);
  const [edited] = await search.critic.edits([{ key: `step ${step}`, messages, ...about }]);
  if (edited === undefined) return [];
  const [unknown] = search.unknown([{ prompts: edited, parents: [parent.id] }]);
  if (unknown === undefined) return [];
  const [after] = await search.tried([{ prompts: edited, tasks }]);
  return search.meanReward(after!) > search.meanReward(before!) ? [unknown] : [];
}

/** Merges candidates of the Pareto set, each pair with each ancestor once. */
class Merger {
  /** Whether the last step found a candidate. */
  isDue = false;
  readonly #search: PromptSearch;
  readonly #done = new Set<string>();
  #left: number;

  constructor(search: PromptSearch, merges: number) {
    this.#search = search;
    this.#left = merges;
  }

  /** A merge that holds on some tasks, nothing for one that does not; "none" where there is nothing to merge in this step. */
  async tryMerge(step: number): Promise<readonly NewPrompts[] | "none"> {
    if (!this.isDue || this.#left === 0) return "none";
    const search = this.#search;
    const random = search.random(step, "merge");
    const ids = [...paretoFrequencies(search.candidates).keys()];
    const pairs = mergePairs(
      ids.map((id) => search.candidates[id]!),
      search.candidates,
    ).map((pair) => ({
      pair,
      key: [pair.first, pair.second, pair.ancestor].map(({ id }) => id).join(),
    }));
    const open = pairs.filter(({ key }) => !this.#done.has(key));
    if (open.length === 0) return "none";
    const { pair, key } = random.pick(open);
    this.#done.add(key);
    const prompts = mergedPrompts(pair, random);
    const [unknown] = search.unknown([{ prompts, parents: [pair.first.id, pair.second.id] }]);
    if (unknown === undefined) return "none";
    this.#left--;
    const tried = mergeTasks(pair, random);
    const tasks = tried.map((id) => search.validation.find((task) => task.id === id)!);
    const [results] = await search.tried([{ prompts, tasks }]);
    const parents = [pair.first, pair.second].map(({ scores }) =>
      meanOf(tried.map((id) => scores[id]!)),
    );
    return search.meanReward(results!) >= Math.max(...parents) ? [unknown] : [];
  }
}
