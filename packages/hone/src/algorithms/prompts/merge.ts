/** GEPA's merge: what two lines of candidates have each learned, in one. */
import type { Prompts } from "../../core/prompts.ts";
import type { Random } from "../../core/random.ts";
import type { PromptCandidate } from "../../ports/prompt-method.ts";

/** Two candidates with an ancestor of both. */
export interface MergePair {
  readonly first: PromptCandidate;
  readonly second: PromptCandidate;
  readonly ancestor: PromptCandidate;
}

/**
 * The pairs that can be merged: neither comes from the other, both are at least as good as a common ancestor, and at least one of
 * the prompts was changed by one of them only.
 * @source Agrawal et al. 2025, GEPA, arXiv:2507.19457, appendix on system-aware merge; conditions as in the authors' code
 * @param some  the candidates to merge; their ancestors are looked up in `all`, where a candidate stands at its id
 */
export function mergePairs(
  some: readonly PromptCandidate[],
  all: readonly PromptCandidate[],
): readonly MergePair[] {
  return some.flatMap((first) =>
    some.flatMap((second) => {
      if (first.id >= second.id) return [];
      const [ofFirst, ofSecond] = [ancestorsOf(first, all), ancestorsOf(second, all)];
      if (ofFirst.has(second.id) || ofSecond.has(first.id)) return [];
      const shared = [...ofFirst].filter((id) => ofSecond.has(id)).toSorted((a, b) => a - b);
      return shared.flatMap((id) => {
        const pair = { first, second, ancestor: all[id]! };
        return isUseful(pair) ? [pair] : [];
      });
    }),
  );
}

function ancestorsOf(
  { parents }: PromptCandidate,
  all: readonly PromptCandidate[],
): ReadonlySet<number> {
  return new Set(parents.flatMap((id) => [id, ...ancestorsOf(all[id]!, all)]));
}

function isUseful({ first, second, ancestor }: MergePair): boolean {
  if (ancestor.score > first.score || ancestor.score > second.score) return false;
  return Object.entries(ancestor.prompts).some(([name, text]) => {
    const [a, b] = [first.prompts[name], second.prompts[name]];
    return a !== b && (a === text || b === text);
  });
}

/**
 * Each prompt comes from the candidate that changed it since the common ancestor. Where both changed it, the better candidate's is
 * taken; where they are equally good, a drawn one's.
 * @example
 * // ancestor { plan: "p", solve: "s" }, first { plan: "p1", solve: "s" }, second { plan: "p", solve: "s2" }
 * mergedPrompts(pair, random); // { plan: "p1", solve: "s2" }
 */
export function mergedPrompts({ first, second, ancestor }: MergePair, random: Random): Prompts {
  const merged = Object.entries(ancestor.prompts).map(([name, text]) => {
    const [a, b] = [first.prompts[name]!, second.prompts[name]!];
    if (a === b || b === text) return [name, a];
    if (a === text) return [name, b];
    if (first.score !== second.score) return [name, first.score > second.score ? a : b];
    return [name, random.pick([a, b])];
  });
  return Object.fromEntries(merged) as Prompts;
}

/** How many tasks a merged candidate is tried on before it is measured on all. */
const TRIED_TASKS = 5;

/** The ids of some tasks: as far as there are any, as many at which the first is better as the second and as neither. */
export function mergeTasks({ first, second }: MergePair, random: Random): readonly string[] {
  const ids = Object.keys(first.scores);
  const better = (id: string): number => Math.sign(first.scores[id]! - second.scores[id]!);
  const groups = [1, -1, 0].map((sign) => random.shuffle(ids.filter((id) => better(id) === sign)));
  const each = Math.ceil(TRIED_TASKS / groups.length);
  const balanced = groups.flatMap((group) => group.slice(0, each)).slice(0, TRIED_TASKS);
  const rest = random.shuffle(ids.filter((id) => !balanced.includes(id)));
  return [...balanced, ...rest].slice(0, TRIED_TASKS);
}
