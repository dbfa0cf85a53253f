/** What POST /solve and POST /feedback are answered by: a policy that does the tasks of a domain, and a store of what people say. */

/** One action of a solution, as it happened. */
export interface SolvedAction {
  readonly name: string;
  /** What the action acted on; absent for actions that need nothing. */
  readonly argument?: string;
  /** What the policy saw after it. */
  readonly observation: string;
  readonly reward: number;
}

/** A problem that the policy has worked on. */
export interface Solved {
  /** Names it for feedback. */
  readonly id: string;
  /** The solution as text; null when the policy came to no end. */
  readonly solution: string | null;
  /** Whether the domain's rules take the solution for right. */
  readonly isSuccess: boolean;
  /** The reward of the episode, in the domain's points. */
  readonly reward: number;
  /** In their order. */
  readonly actions: readonly SolvedAction[];
  /** Share of the actions that could be read and were valid when they were taken, in [0, 1]. */
  readonly structureScore: number;
  /** Tokens of all prompts, and of all replies. */
  readonly tokens: { readonly prompt: number; readonly sampled: number };
}

/** What a person said of a solution. */
export interface SolutionRating {
  /** The id of the solution. */
  readonly id: string;
  /** From 1, useless, to 5, perfect. */
  readonly rating: number;
  /** Why, in the person's words. */
  readonly comment?: string;
  /** Who they say they are, which nothing verifies. A second rating by the same author replaces the first. */
  readonly author: string;
}

/** Solves problems of one domain. */
export interface Solver {
  /**
   * Works on a problem.
   * @throws PROBLEM_INVALID for a text that is no problem; CANCELLED after the signal; SERVE_SOLVE_FAILED
   */
  solve(problem: string, signal: AbortSignal): Promise<Solved>;
  /**
   * Keeps a rating durably; undefined where the server has no store.
   * @throws SERVE_SOLUTION_UNKNOWN for an id that is no solution's; SERVE_RATINGS_FULL where it takes no more
   */
  readonly rate?: (rating: SolutionRating) => Promise<void>;
}
