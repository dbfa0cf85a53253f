/** The Pareto set of candidates over tasks: which of them are the best at something, and how often. */

/** A candidate with its score for each task, by the task's id. */
export interface ScoredCandidate {
  readonly id: number;
  /** The mean of its scores. */
  readonly score: number;
  readonly scores: Readonly<Record<string, number>>;
}

/**
 * For each candidate that is needed, the number of tasks of which it has the highest score.
 *
 *     P[i] = { Φ : S_Φ[i] = max over all candidates }        for each task i
 *
 * A candidate is not needed where every P[i] that it is in holds another one that is; they are taken away one by one, the lowest
 * mean score first (of equal means the one found first), and the rest are counted: f[Φ] = number of i with Φ in P[i].
 *
 * @returns by the id of the candidate, in the order in which they were found
 * @source Agrawal et al. 2025, GEPA, arXiv:2507.19457, algorithm 2; which candidates count as dominated as in the authors' code
 *         (gepa 0.1.4, `remove_dominated_programs`)
 * @example
 * paretoFrequencies([
 *   { id: 0, score: 0.5, scores: { a: 1, b: 0 } },
 *   { id: 1, score: 0.5, scores: { a: 0, b: 1 } },
 * ]); // Map { 0 → 1, 1 → 1 }
 */
export function paretoFrequencies(
  candidates: readonly ScoredCandidate[],
): ReadonlyMap<number, number> {
  const tasks = Object.keys(candidates[0]?.scores ?? {});
  const fronts = tasks.map((task) => {
    const highest = Math.max(...candidates.map(({ scores }) => scores[task]!));
    return candidates.filter(({ scores }) => scores[task] === highest).map(({ id }) => id);
  });
  const inFronts = candidates.filter(({ id }) => fronts.some((front) => front.includes(id)));
  const needed = new Set(inFronts.map(({ id }) => id));
  const isSpare = (id: number): boolean =>
    fronts.every(
      (front) => !front.includes(id) || front.some((other) => other !== id && needed.has(other)),
    );
  for (const { id } of inFronts.toSorted((a, b) => a.score - b.score || a.id - b.id))
    if (isSpare(id)) needed.delete(id);
  const counts = [...needed].map(
    (id) => [id, fronts.filter((front) => front.includes(id)).length] as const,
  );
  return new Map(counts);
}
