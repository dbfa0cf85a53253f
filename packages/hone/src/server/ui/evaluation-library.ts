/** What the dashboard's server needs of evaluations. */
import type { z } from "@hono/zod-openapi";
import type { evaluationComparison, measuredStage } from "./evaluation-schemas.ts";

export type MeasuredStage = z.infer<typeof measuredStage>;

/** Which measurement is meant: a run, and the name of its stage, as "start" or "after grpo". */
export interface StageName {
  readonly run: string;
  readonly stage: string;
}

/** The evaluations of the runs of a folder. */
export interface UiEvaluationLibrary {
  list(): Promise<readonly MeasuredStage[]>;
  /** @throws RUN_NOT_FOUND; STORE_NOT_FOUND where a run kept no rollouts; EVALUATIONS_DIFFER where the tasks are not the same */
  compare(before: StageName, after: StageName): Promise<z.infer<typeof evaluationComparison>>;
}
