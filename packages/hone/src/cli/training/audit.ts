/** `hone audit`: whether what was trained is what was sampled, and if not, why. */
import { type AuditedStep, isUnknown, type RunAudit } from "../../app/audit/audit-report.ts";
import { type MismatchCause, mismatchCauses } from "../../app/audit/mismatch.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { numberBetween, runsArgument, runsOption, threadsOption, wholeNumber } from "../options.ts";
import { tableText } from "../terminal/figures.ts";

interface Flags {
  readonly runs: string;
  readonly phase?: string;
  readonly step?: number;
  readonly rollout?: string;
  readonly model?: string;
  readonly out?: string;
  readonly recompute: boolean;
  readonly tolerance: number;
  readonly threads?: number;
}

/** Findings of a cause that are shown. */
const SHOWN = 3;

export const command = defineCommand<Flags>({
  examples: ["npx hone audit last", "npx hone audit 7f3a --step 12 --out tokens.jsonl"],
  notes: [
    "Renders every prompt again with the model's template, and compares the sampler's",
    "log-probs with those that the trainer computed, and that the weights which",
    "sampled compute now where a checkpoint has them. Without --step it takes 20",
    "steps at most, evenly over the run. A mismatch is named with its cause. --out:",
    "a line for every token. docs/audit.md.",
    "--json: {run, folder, steps, stepCount, causes, hasFault, notes}.",
  ],
  exitCode: "1 when a mismatch is a fault",
  define: (command) =>
    void command
      .addArgument(runsArgument("<run>"))
      .option("--step <n>", "this step only", wholeNumber(1))
      .option("--phase <text>", "steps of this phase only")
      .option("--rollout <id>", "this rollout only")
      .option("--out <file>", "every token, as JSON lines")
      .option("--model <text>", "whose template to compare with; default: the run's own")
      .option("--tolerance <nats>", "how far log-probs may differ", numberBetween(0), 0.01)
      .option("--no-recompute", "compare only what was kept")
      .addOption(threadsOption())
      .addOption(runsOption()),
  run: async ({ values, flags, terminal, signal }) => {
    const { auditToFile } = await import("../../app/audit/audit-to-file.ts");
    const { runs, out, ...options } = flags;
    const audit = await auditToFile(runs, values[0]!, { ...options, signal }, out);
    terminal.tell({ ...audit }, auditText(audit));
    if (out !== undefined) terminal.say(`tokens in ${out}`);
    return audit.hasFault ? exitCodes.failed : exitCodes.done;
  },
});

function auditText(audit: RunAudit): string {
  const { run, steps, stepCount, notes } = audit;
  const rows = [
    ["step", "rollouts", "learned", "tokens", "trained", "mismatch mean", "max", "computed again"],
    ...steps.map(stepRow),
  ];
  const head = `${run}: ${steps.length} of ${stepCount} steps`;
  return [head, tableText(rows), ...causeLines(audit), ...notes].join("\n");
}

function stepRow(step: AuditedStep): string[] {
  const { mismatch, recomputed } = step;
  const kept = mismatch.tokens > 0;
  const isKnown = !isUnknown(step);
  return [
    `${step.phase} ${step.step}`,
    String(step.rollouts),
    isKnown ? String(step.learned) : "–",
    String(step.sampledTokens),
    isKnown ? String(step.trainedTokens) : "–",
    kept ? mismatch.mean.toExponential(1) : "–",
    kept ? mismatch.max.toExponential(1) : "–",
    recomputed === undefined
      ? "–"
      : `${recomputed.max.toExponential(1)} max, ${recomputed.rollouts} rollouts, ${recomputed.weights}`,
  ];
}

function causeLines({ causes, steps, hasFault }: RunAudit): string[] {
  const names = Object.entries(causes);
  if (names.length === 0) return ["no mismatch"];
  const findings = steps.flatMap((step) => step.findings);
  const lines = names.flatMap(([cause, count]) => {
    const some = findings.filter((one) => one.cause === cause).slice(0, SHOWN);
    const { what, advice } = mismatchCauses[cause as MismatchCause];
    return [
      `${cause}: ${count} ${count === 1 ? "rollout" : "rollouts"}: ${what}`,
      `  → ${advice}`,
      ...some.flatMap(({ phase, step, rolloutId, text, sampled, now }) => [
        `  ${phase} ${step}, ${rolloutId}: ${text}`,
        ...(sampled === undefined ? [] : [`    sampled  ${JSON.stringify(sampled)}`]),
        ...(now === undefined ? [] : [`    now      ${JSON.stringify(now)}`]),
      ]),
    ];
  });
  return hasFault ? lines : [...lines, "nothing that is a fault"];
}
