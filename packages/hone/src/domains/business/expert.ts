/** A scripted expert for business situations: analyses, evaluates what is feasible, decides; makes mistakes at a given rate. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random } from "../../core/random.ts";
import type { ActionAgent } from "../../environments/run-episode.ts";
import type { Action, EpisodeStep } from "../../ports/environment.ts";

/** How often, and at which seed, the expert makes mistakes. */
export interface BusinessExpertOptions {
  /** Share of actions that are wrong, in [0, 1]. Default 0. */
  readonly mistakeRate?: number;
  /** Decides which actions are wrong, and how. Default 0. */
  readonly seed?: number;
}

/**
 * An expert for `businessEnvironment`, which reads only what the environment says. Without mistakes it decides rightly in every
 * generated situation.
 * @throws OPTION_INVALID for an unknown option or a rate outside [0, 1]
 * @example await runEpisode(businessEnvironment(), businessTasks({ split: "train", count: 1 })[0], businessExpert());
 */
export function businessExpert(options: BusinessExpertOptions = {}): ActionAgent {
  checkOptions("businessExpert", options, { mistakeRate: true, seed: true });
  const { mistakeRate = 0, seed = 0 } = options;
  optionChecks("businessExpert").share("mistakeRate", mistakeRate);
  return {
    selectAction(state, _validActions, steps) {
      const known = knowledgeOf(
        steps.length === 0 ? [state] : [steps[0]!.state, ...steps.map(seen)],
        steps,
      );
      const random = new Random("business expert", seed, steps.length, state);
      return random.uniform() < mistakeRate ? mistake(known, random) : rightAction(known);
    },
  };
}

const seen = ({ nextState }: EpisodeStep): string => nextState;

/** What an expert has read until now. */
interface Knowledge {
  readonly factors: readonly string[];
  readonly facts: ReadonlyMap<string, number>;
  /** The options by their letters, with what they need; none before they were identified. */
  readonly options: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Estimated gain minus estimated loss, by the option's letter. */
  readonly scores: ReadonlyMap<string, number>;
}

function knowledgeOf(observations: readonly string[], steps: readonly EpisodeStep[]): Knowledge {
  const factors = /analyze (.*)$/.exec(observations[0] ?? "")?.[1]?.split(", ") ?? [];
  const scores = new Map<string, number>();
  let options: Knowledge["options"] = new Map();
  let facts: ReadonlyMap<string, number> = new Map();
  steps.forEach(({ action, nextState }) => {
    if (nextState.startsWith("invalid")) return;
    if (action.name === "analyze_situation") facts = new Map([...facts, ...pairsOf(nextState)]);
    if (action.name === "identify_options") options = optionsOf(nextState);
    const estimate = /^(\w+): gain (-?\d+), loss (\d+)$/.exec(nextState);
    if (estimate) scores.set(estimate[1]!, Number(estimate[2]) - Number(estimate[3]));
  });
  return { factors, facts, options, scores };
}

const optionsOf = (text: string): Knowledge["options"] =>
  new Map(
    text.split("; ").map((option) => {
      const [letter = "", _name, ...needs] = option.split(" ");
      return [letter, pairsOf(needs.join(" "))] as const;
    }),
  );

/** The numbers of a text such as "cash 40, months 6", by the word before each. */
const pairsOf = (text: string): ReadonlyMap<string, number> =>
  new Map([...text.matchAll(/([a-z]+) (\d+)/g)].map(([, name, value]) => [name!, Number(value)]));

function rightAction(known: Knowledge): Action {
  const factor = known.factors.find((name) => !known.facts.has(name));
  if (factor !== undefined) return { name: "analyze_situation", argument: factor };
  if (known.options.size === 0) return { name: "identify_options" };
  const feasible = feasibleNames(known);
  const next = feasible.find((name) => !known.scores.has(name));
  if (next !== undefined) return { name: "evaluate_risks", argument: next };
  const score = (name: string): number => known.scores.get(name) ?? -Infinity;
  const best = feasible.toSorted((a, b) => score(b) - score(a))[0];
  return { name: "make_decision", argument: best ?? [...known.options.keys()][0]! };
}

const feasibleNames = ({ options, facts }: Knowledge): readonly string[] =>
  [...options]
    .filter(([, needs]) =>
      [...needs].every(([limit, amount]) => amount <= (facts.get(limit) ?? Infinity)),
    )
    .map(([name]) => name);

/**
 * A mistake in place of the right action: deciding for an option at random (always in place of the right decision, else once in
 * four), skipping the analysis, asking again, evaluating an option at random.
 */
function mistake(known: Knowledge, random: Random): Action {
  const names = [...known.options.keys()];
  if (names.length === 0) {
    const asked = known.factors.filter((name) => known.facts.has(name));
    const isRepeated = asked.length > 0 && random.uniform() < 0.5;
    return isRepeated
      ? { name: "analyze_situation", argument: random.pick(asked) }
      : { name: "identify_options" };
  }
  const isDecision = rightAction(known).name === "make_decision" || random.uniform() < 0.25;
  return { name: isDecision ? "make_decision" : "evaluate_risks", argument: random.pick(names) };
}
