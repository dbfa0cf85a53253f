/** What a run says of rollouts that fail, and when it ends because of them: an error in an agent or a reward is no low score. */
import { failureText } from "../../core/failure-text.ts";
import { HoneError } from "../../core/errors.ts";
import type { Rollout } from "../../core/rollout.ts";
import { mostCommonFailure } from "../../core/rollout-failures.ts";
import type { PipelineEvent } from "./pipeline-events.ts";

/** The rollouts of an evaluation or of a step. */
interface Batch {
  /** Behind "13 of 20 rollouts …": "in step 3 of grpo". */
  readonly where: string;
  readonly kind: "evaluation" | "step";
  readonly rollouts: readonly Rollout[];
  /** Whether the tasks of an evaluation are done by calls of the policy. Default true. */
  readonly callsPolicy?: boolean;
}

/** Watches the rollouts of one session of a run. */
export class FailedRollouts {
  /** What was said already: by where the code failed, once for a few rollouts and once for most of them. */
  readonly #said = new Set<string>();
  #hasScoredStep = false;

  /**
   * The warning about failed rollouts, when it is a new one.
   *
   * Where all failed, an evaluation measures nothing and ends the run, and so does a step before any other was scored. A
   * later step in which all fail is a warning, since what an agent calls may be away for a while; NO_LEARNING_SIGNAL ends
   * the run when it stays so.
   * @throws ALL_ROLLOUTS_FAILED
   */
  *check({ where, kind, rollouts, callsPolicy = true }: Batch): Generator<PipelineEvent, void> {
    const failed = rollouts.filter(({ failure }) => failure !== undefined);
    const failure = mostCommonFailure(failed);
    const count = rollouts.length;
    const isAll = failed.length === count;
    if (kind === "evaluation" && callsPolicy) yield* this.#checkCalls(where, rollouts);
    if (failure !== undefined && isAll && !(kind === "step" && this.#hasScoredStep)) {
      const { boundary } = failure;
      const problem = failureText(failure);
      throw new HoneError("ALL_ROLLOUTS_FAILED", { where, count, boundary, problem });
    }
    if (kind === "step" && !isAll) this.#hasScoredStep = true;
    if (failure === undefined) return;
    const isMost = 2 * failed.length > count;
    const key = `${failure.boundary} ${failure.place} ${isMost}`;
    if (this.#said.has(key)) return;
    this.#said.add(key);
    const most = failed.length === 1 ? "" : "most of them ";
    const text = `${failed.length} of ${count} rollouts ${where} failed, ${most}${failureText(failure)} A failed rollout counts as not done and teaches nothing.`;
    yield { kind: "warning", code: "ROLLOUTS_FAILED", text };
  }

  /** An evaluation in which nothing calls the policy measures something else. Of steps the algorithm says it. */
  *#checkCalls(where: string, rollouts: readonly Rollout[]): Generator<PipelineEvent, void> {
    const scored = rollouts.filter(({ failure }) => failure === undefined);
    if (scored.length === 0 || scored.some(({ turns }) => turns.length > 0)) return;
    const code = "ROLLOUTS_WITHOUT_CALL";
    if (this.#said.has(code)) return;
    this.#said.add(code);
    const text = `none of the ${scored.length} rollouts ${where} called the model that is trained (a program's is at OPENAI_BASE_URL), so they do not measure it`;
    yield { kind: "warning", code, text };
  }
}
