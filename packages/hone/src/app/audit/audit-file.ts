/** An audited rollout as lines of the file of `hone audit --out`. */
import type { AuditRow } from "../../formats/audit-format.ts";
import type { AuditedRollout } from "./audit-report.ts";
import type { AuditedRun } from "./audited-run.ts";
import { reasonOf } from "./audit-step.ts";
import { maskReason, type TokenPart, type TokenRow } from "./token-rows.ts";
import { tokenTexts } from "./token-texts.ts";

/** A line for each token of the rollout, in the order of its rows. */
export async function auditRows(
  audited: AuditedRollout,
  { renderer }: Pick<AuditedRun, "renderer">,
): Promise<AuditRow[]> {
  const lists = await Promise.all(
    audited.rows.map(async (row) => {
      const texts = await tokenTexts(row.tokens, renderer);
      return row.parts.flatMap((part) =>
        Array.from({ length: part.end - part.start }, (_, i) => {
          const at = part.start + i;
          return auditRow(audited, { row, part, at, text: texts[at]! });
        }),
      );
    }),
  );
  return lists.flat();
}

interface TokenPlace {
  readonly row: TokenRow;
  readonly part: TokenPart;
  readonly at: number;
  readonly text: string;
}

function auditRow(audited: AuditedRollout, { row, part, at, text }: TokenPlace): AuditRow {
  const { step, rollout, findings } = audited;
  const isSampled = part.kind === "sampled";
  const reason = maskReason[part.kind] ?? reasonOf(audited, step);
  const found = findings.find((one) => one.row === row.index || one.turn === part.turn);
  return {
    ...{ phase: step.phase, step: step.step, rollout: rollout.id, row: row.index },
    ...{ turn: part.turn, position: at, id: row.tokens[at]!, text },
    isTrained: isSampled && row.updatesBefore !== undefined,
    ...(reason !== undefined && { maskReason: reason }),
    ...(isSampled && samplerFacts(audited, row)),
    ...numbersAt(row, at),
    ...(found !== undefined && { mismatch: found.cause }),
  };
}

const samplerFacts = ({ step, rollout }: AuditedRollout, row: TokenRow) => ({
  sampler: row.adapter ?? "policy",
  weightsVersion: row.weightsVersion,
  ...(step.weightsVersion !== undefined && { trainedFrom: step.weightsVersion }),
  ...(rollout.template !== undefined && { template: rollout.template }),
  logProbSource: rollout.tokens === "sampled" ? ("sampler" as const) : ("tokenised anew" as const),
});

/** The numbers that are known of a token. */
function numbersAt(row: TokenRow, at: number): Partial<AuditRow> {
  const numbers = {
    logProb: row.logProbs[at]!,
    samplingLogProb: row.samplingLogProbs[at]!,
    trainerLogProb: row.trainerLogProbs[at]!,
    ratio: Math.exp(row.trainerLogProbs[at]! - row.samplingLogProbs[at]!),
    entropy: row.entropies[at]!,
    advantage: row.advantages[at]!,
  };
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => !Number.isNaN(value)));
}
