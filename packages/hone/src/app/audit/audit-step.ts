/** The audit of one step: every rollout's prompts and log-probs. */
import type { StoredRollout } from "../../rollouts/stored-rollouts.ts";
import type { AuditedRollout, AuditedStep, AuditFinding, AuditOptions } from "./audit-report.ts";
import type { AuditedRun, StepRollouts } from "./audited-run.ts";
import { causeOfPrompt, causeOfRow, type Gap, gapOf, type MismatchCause } from "./mismatch.ts";
import { promptDifference, type PromptDifference } from "./rendered-again.ts";
import { openStanding, standingBefore, type StandingWeights } from "./standing-weights.ts";
import { type TokenRow, tokenRows } from "./token-rows.ts";

/** Rollouts of a step whose log-probs are computed again where none is named. */
const MAX_RECOMPUTED = 32;

/** Nats that the log-probs of a token may differ by where nothing else is asked. */
const TOLERANCE = 0.01;

/** At most so many items, evenly, the first and the last among them. */
export const evenly = <T>(items: readonly T[], count: number): readonly T[] =>
  items.length <= count
    ? items
    : Array.from({ length: count }, (_, i) => {
        const place = Math.round((i * (items.length - 1)) / (count - 1));
        return items[place]!;
      });

/** Audits one step. @param onRollout  called with every rollout, once all of the step is known */
export async function auditStep(
  run: AuditedRun,
  step: StepRollouts,
  options: AuditOptions,
  onRollout: (audited: AuditedRollout) => Promise<void>,
): Promise<AuditedStep> {
  const rollouts = step.groups
    .flatMap((group) => group.rollouts)
    .filter(({ id }) => options.rollout === undefined || id === options.rollout);
  const audited: AuditedRollout[] = [];
  for (const rollout of rollouts) {
    const rows = tokenRows(rollout, step.trained.get(rollout.id));
    const findings = await findingsOf(rollout, rows, { run, step, options });
    audited.push({ step, rollout, rows, findings });
  }
  const again = options.recompute === false ? undefined : await recomputed(run, audited, options);
  const notLearned = Object.entries(
    Object.groupBy(audited, (one) => reasonOf(one, step) ?? "learned"),
  ).map(([reason, some]) => [reason, some!.length] as const);
  for (const one of audited) {
    const more = again?.findings.filter(({ rolloutId }) => rolloutId === one.rollout.id) ?? [];
    await onRollout({ ...one, findings: [...one.findings, ...more] });
  }
  const rows = audited.flatMap((one) => one.rows);
  const learned = rows.filter(({ updatesBefore }) => updatesBefore !== undefined);
  return {
    ...{ phase: step.phase, step: step.step, weightsVersion: step.weightsVersion },
    rollouts: rollouts.length,
    learned: notLearned.find(([reason]) => reason === "learned")?.[1] ?? 0,
    sampledTokens: sampledIn(rows),
    trainedTokens: sampledIn(learned),
    mismatch: joined(
      learned
        .filter(({ updatesBefore }) => updatesBefore === 0)
        .map((row) => gapOf(row.trainerLogProbs, row.samplingLogProbs)),
    ),
    ...(again !== undefined && { recomputed: again.gap }),
    findings: [...audited.flatMap(({ findings }) => findings), ...(again?.findings ?? [])],
    notLearned: Object.fromEntries(notLearned.filter(([reason]) => reason !== "learned")),
  };
}

/** Why nothing was learned from a rollout; undefined where something was. */
export function reasonOf(
  { rollout }: Pick<AuditedRollout, "rollout">,
  step: Pick<StepRollouts, "trained">,
): string | undefined {
  if (rollout.failure !== undefined) return `failed in the ${rollout.failure.boundary}`;
  const trained = step.trained.get(rollout.id);
  if (trained === undefined) return "not kept";
  return trained.notLearned;
}

const sampledIn = (rows: readonly TokenRow[]): number =>
  rows
    .flatMap(({ parts }) => parts)
    .reduce((sum, { kind, start, end }) => sum + (kind === "sampled" ? end - start : 0), 0);

/** Gaps of several rows as one; its place is that of the row that differs most. */
function joined(gaps: readonly Gap[]): Gap {
  const tokens = gaps.reduce((sum, gap) => sum + gap.tokens, 0);
  const total = gaps.reduce((sum, gap) => sum + gap.mean * gap.tokens, 0);
  const worst = gaps.reduce<Gap | undefined>((a, b) => (a && a.max >= b.max ? a : b), undefined);
  return {
    tokens,
    mean: tokens === 0 ? 0 : total / tokens,
    max: worst?.max ?? 0,
    at: worst?.at ?? -1,
  };
}

interface Auditing {
  readonly run: AuditedRun;
  readonly step: StepRollouts;
  readonly options: AuditOptions;
}

async function findingsOf(
  rollout: StoredRollout,
  rows: readonly TokenRow[],
  { run, step, options: { tolerance = TOLERANCE } }: Auditing,
): Promise<AuditFinding[]> {
  const place = { phase: step.phase, step: step.step, rolloutId: rollout.id };
  const difference = run.renderer && (await promptDifference(rollout.turns, run.renderer));
  const ofRows = rows.flatMap((row): AuditFinding[] => {
    const cause = causeOfRow(row, step.weightsVersion, tolerance);
    if (cause === undefined) return [];
    const { at } = gapOf(row.trainerLogProbs, row.samplingLogProbs);
    return [{ ...place, cause, row: row.index, at, text: rowText(cause, row, step) }];
  });
  return difference === undefined ? ofRows : [promptFinding(place, difference), ...ofRows];
}

function rowText(cause: MismatchCause, row: TokenRow, step: StepRollouts): string {
  if (cause === "older weights")
    return `sampled by ${row.weightsVersion}, learned by ${step.weightsVersion ?? "other weights"}`;
  if (cause === "mask") return "the numbers of sampled and of trained tokens differ";
  const { mean, max } = gapOf(row.trainerLogProbs, row.samplingLogProbs);
  return `log-probs differ by ${mean.toFixed(4)} nats on average, ${max.toFixed(4)} at most`;
}

const promptFinding = (
  place: Pick<AuditFinding, "phase" | "step" | "rolloutId">,
  difference: PromptDifference,
): AuditFinding => {
  const { turn, at, sampled, now } = difference;
  const cause = causeOfPrompt(difference);
  const text = `the prompt of turn ${turn + 1} differs from token ${at} on`;
  return { ...place, cause, turn, at, text, sampled, now };
};

/** Log-probs computed again by the weights that sampled a step, and the mismatches that only they show. */
async function recomputed(
  run: AuditedRun,
  audited: readonly AuditedRollout[],
  { tolerance = TOLERANCE, threads, rollout }: AuditOptions,
): Promise<
  { readonly gap: AuditedStep["recomputed"] & {}; readonly findings: AuditFinding[] } | undefined
> {
  const [first] = audited;
  const name = first && (await standingBefore(run, first.step));
  if (first === undefined || name === undefined) return undefined;
  const some = rollout === undefined ? evenly(audited, MAX_RECOMPUTED) : audited;
  const weights = await openStanding(run, name, threads);
  try {
    const findings: AuditFinding[] = [];
    const gaps: Gap[] = [];
    for (const one of some)
      for (const row of one.rows.filter((own) => isOfStep(own, one.step))) {
        const gap = await gapAgain(row, weights);
        gaps.push(gap);
        if (gap.max <= tolerance || one.findings.some((known) => known.row === row.index)) continue;
        findings.push({
          ...{ phase: one.step.phase, step: one.step.step, rolloutId: one.rollout.id },
          ...{ cause: "precision or another server", row: row.index, at: gap.at },
          text: `log-probs that ${name} computes again differ by ${gap.max.toFixed(4)} nats at most`,
        });
      }
    return { gap: { ...joined(gaps), weights: name, rollouts: some.length }, findings };
  } finally {
    await weights.close();
  }
}

/** Whether the weights that the step began with sampled a row; taken to be so where that was not kept. */
const isOfStep = (row: TokenRow, { weightsVersion }: StepRollouts): boolean =>
  weightsVersion === undefined || row.weightsVersion === weightsVersion;

const gapAgain = async (row: TokenRow, weights: StandingWeights): Promise<Gap> =>
  gapOf(await weights.logProbs(row), row.logProbs);
