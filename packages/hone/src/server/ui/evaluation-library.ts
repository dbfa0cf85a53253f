/** What the dashboard's server needs of evaluations. */
import type { z } from "@hono/zod-openapi";
import type { evaluationComparison, keptEvaluation, measuredStage } from "./evaluation-schemas.ts";

export type MeasuredStage = z.infer<typeof measuredStage>;

/** Which measurement is meant: a run and the name of its stage, as "start" or "after grpo"; or an evaluation, whose only stage is "eval". */
export interface StageName {
  readonly run: string;
  readonly stage: string;
}

/** The evaluations in a folder of runs: the stages of runs, and what `hone eval` kept. */
export interface UiEvaluationLibrary {
  list(): Promise<readonly MeasuredStage[]>;
  /** What `hone eval` kept. @throws EVALUATION_NOT_FOUND */
  show(name: string): Promise<z.infer<typeof keptEvaluation>>;
  /** @throws RUN_NOT_FOUND; STORE_NOT_FOUND where a run kept no rollouts; EVALUATIONS_DIFFER where the tasks are not the same */
  compare(before: StageName, after: StageName): Promise<z.infer<typeof evaluationComparison>>;
}
