/** What a server answers problems with: the solver, the solutions that it keeps, and how good they are. */
import { SolutionCache } from "./solution-cache.ts";
import { SolveQuality } from "./solve-quality.ts";
import type { ServingMetrics } from "./serving-metrics.ts";
import type { Solver } from "./solver.ts";

/** What answers problems, and what is remembered of it. */
export interface Solving {
  readonly solver: Solver;
  readonly cache: SolutionCache;
  readonly quality: SolveQuality;
}

/** @param cacheEntries  solutions that are kept; 0 keeps none */
export const solvingWith = (
  solver: Solver,
  { cacheEntries, metrics }: { readonly cacheEntries: number; readonly metrics: ServingMetrics },
): Solving => ({
  solver,
  cache: new SolutionCache(cacheEntries),
  quality: new SolveQuality(metrics),
});
