/** What the dashboard's server needs of runs to show their rollouts and tokens. */
import type { z } from "@hono/zod-openapi";
import type { heldOutTasks, rolloutPlaces, stepGroups, tokenView } from "./token-schemas.ts";

/** Which rollout is meant: of a step of training, or of an evaluation. */
export interface RolloutAddress {
  /** The phase, or the evaluation's name where there is no step. */
  readonly phase: string;
  readonly step?: number | undefined;
  readonly id: string;
}

/** The rollouts of the runs of a folder. All throw RUN_NOT_FOUND, AUDIT_NO_ROLLOUTS, and what the store throws. */
export interface UiTokenLibrary {
  places(run: string): Promise<z.infer<typeof rolloutPlaces>>;
  /** @throws AUDIT_STEP_UNKNOWN */
  step(run: string, phase: string, step: number): Promise<z.infer<typeof stepGroups>>;
  /** @throws AUDIT_ROLLOUT_UNKNOWN */
  rollout(run: string, address: RolloutAddress): Promise<z.infer<typeof tokenView>>;
  heldOut(run: string): Promise<z.infer<typeof heldOutTasks>>;
  /** Closes the stores that were opened. */
  close(): Promise<void>;
}
