/** `hone audit`: whether what was trained is what was sampled, token by token, and if not, why. */
import { HoneError } from "../../core/errors.ts";
import { findRun } from "../../runs/find-run.ts";
import {
  type AuditedRollout,
  type AuditedStep,
  type AuditOptions,
  isUnknown,
  type RunAudit,
} from "./audit-report.ts";
import { auditStep, evenly } from "./audit-step.ts";
import { type AuditedRun, openAuditedRun, type StepName, stepRanges } from "./audited-run.ts";
import { type MismatchCause, mismatchCauses } from "./mismatch.ts";

/** Steps of a run that are audited where none is named. */
const MAX_STEPS = 20;

/**
 * Audits a run: prompts are rendered again, and the sampler's log-probs are compared with those that the trainer computed then, and
 * that the weights compute now where they stand.
 *
 * @param root       the folder of runs
 * @param name       as `findRun` takes it
 * @param onRollout  called with every rollout, token by token
 * @throws RUN_NOT_FOUND; AUDIT_NO_ROLLOUTS, AUDIT_STEP_UNKNOWN, AUDIT_ROLLOUT_UNKNOWN; what the store and the model throw; CANCELLED
 */
export async function auditRun(
  root: string,
  name: string,
  options: AuditOptions = {},
  onRollout: (audited: AuditedRollout, run: AuditedRun) => Promise<void> = async () => undefined,
): Promise<RunAudit> {
  const run = await openAuditedRun(await findRun(root, name), options);
  try {
    const all = await run.steps();
    const chosen = chosenSteps(all, run, options);
    const steps: AuditedStep[] = [];
    for (const one of chosen) {
      if (options.signal?.aborted) throw new HoneError("CANCELLED", { what: "The audit" });
      const told = (audited: AuditedRollout): Promise<void> => onRollout(audited, run);
      steps.push(await auditStep(run, await run.rolloutsOf(one), options, told));
    }
    const isMissing = steps.every(({ rollouts }) => rollouts === 0);
    if (options.rollout !== undefined && isMissing)
      throw new HoneError("AUDIT_ROLLOUT_UNKNOWN", { id: options.rollout, run: run.name });
    return summed(run, steps, all.length);
  } finally {
    await run.close();
  }
}

function chosenSteps(
  all: readonly StepName[],
  { name, folder }: AuditedRun,
  { phase, step }: AuditOptions,
): readonly StepName[] {
  if (all.length === 0) throw new HoneError("AUDIT_NO_ROLLOUTS", { folder });
  const fitting = all.filter(
    (one) =>
      (phase === undefined || one.phase === phase) && (step === undefined || one.step === step),
  );
  if (fitting.length === 0) {
    const known = stepRanges(all);
    const wanted = [phase, step].filter((one) => one !== undefined).join(" ");
    throw new HoneError("AUDIT_STEP_UNKNOWN", { run: name, wanted, known });
  }
  return evenly(fitting, MAX_STEPS);
}

function summed(run: AuditedRun, steps: readonly AuditedStep[], stepCount: number): RunAudit {
  const causes: Partial<Record<MismatchCause, number>> = {};
  const seen = new Set<string>();
  for (const { cause, phase, step, rolloutId } of steps.flatMap(({ findings }) => findings)) {
    const key = JSON.stringify([cause, phase, step, rolloutId]);
    if (!seen.has(key)) causes[cause] = (causes[cause] ?? 0) + 1;
    seen.add(key);
  }
  const names = Object.keys(causes) as MismatchCause[];
  const { name, folder, renderer, rendererProblem } = run;
  return {
    ...{ run: name, folder, steps, stepCount, causes },
    hasFault: names.some((cause) => mismatchCauses[cause].isFault),
    notes: [
      ...(renderer === undefined ? [`prompts were not rendered again: ${rendererProblem}`] : []),
      ...notKept(steps),
    ],
  };
}

/** That the trainer's numbers are missing, where they are. */
function notKept(steps: readonly AuditedStep[]): string[] {
  const count = steps.filter(isUnknown).length;
  return count === 0
    ? []
    : [`what the trainer did with the tokens was not kept by ${count} of ${steps.length} steps`];
}
