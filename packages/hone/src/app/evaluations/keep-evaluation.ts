/** Keeps what `hone eval` measured: its settings and figures, and every try with its tokens, beside the runs. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, extname } from "node:path";
import type { Rollout } from "../../core/rollout.ts";
import type { AtK } from "../../evaluation/at-k.ts";
import type { EvaluationRecord } from "../../formats/evaluation-format.ts";
import type { RunRecord } from "../../formats/run-format.ts";
import { type RolloutOrigin, traceOfRollout } from "../../rollouts/rollout-trace.ts";
import { tokenizerPrint } from "../../rollouts/tokenizer-print.ts";
import { findRun, runName } from "../../runs/find-run.ts";
import { writeEvaluation } from "../../runs/kept-evaluations.ts";
import { runNameOf } from "../../runs/open-run.ts";
import { openRenderer } from "../../text/renderer.ts";
import { domainTitle } from "../domains/import-domain.ts";
import { openStore } from "../open-store.ts";
import type { DataEvaluation } from "../training/evaluate-data.ts";
import type { ModelEvaluation } from "../training/evaluate-model.ts";
import { interval, measurement } from "../training/publish-result.ts";

/** The name that an evaluation keeps its tries under, as the stage "start" of a run. */
export const EVALUATION_STAGE = "eval";

/** Tries that are written at a time. */
const BATCH = 100;

/**
 * Makes the folder of an evaluation.
 * @param root  the folder of runs
 * @returns the folder's path
 * @throws RUN_FOLDER_NOT_WRITABLE, DISK_FULL, WRITE_FAILED
 */
export async function keepEvaluation(
  root: string,
  measured: ModelEvaluation | DataEvaluation,
): Promise<string> {
  const record = recordOf(measured, await lastingNames(root, measured.config));
  const origin = await originOf(record, measured);
  return writeEvaluation(root, record, async (file) => {
    const store = await openStore(`sqlite:${file}`);
    try {
      const traces = tracesOf(measured, origin);
      for (let from = 0; from < traces.length; from += BATCH)
        await store.put(traces.slice(from, from + BATCH).map((make) => make()));
    } finally {
      await store.close();
    }
  });
}

/** The settings with runs by their whole names: "last" is another one tomorrow, and the start of a name may fit two. */
async function lastingNames(
  root: string,
  config: RunRecord["config"],
): Promise<RunRecord["config"]> {
  const named: Record<string, string> = {};
  for (const key of ["model", "adapter"]) {
    const name = config[key];
    // What is there as a path was measured by its path.
    if (typeof name !== "string" || existsSync(name)) continue;
    const run = await findRun(root, name, { withWeights: true }).catch(() => undefined);
    if (run !== undefined) named[key] = runName(run);
  }
  return { ...config, ...named };
}

function recordOf(
  measured: ModelEvaluation | DataEvaluation,
  config: RunRecord["config"],
): EvaluationRecord {
  const { found, evaluation, parameters, seconds } = measured;
  const perplexity = "perplexity" in measured ? measured.perplexity : undefined;
  const { total, trained } = parameters;
  return {
    id: randomBytes(2).toString("hex"),
    name: `eval-${titleOf(measured)}`,
    createdAt: new Date().toISOString(),
    config,
    modelFolder: found.folder,
    measurement: measurement(evaluation),
    passAtK: evaluation.passAtK.map(plainAtK),
    bestOfN: evaluation.bestOfN.map(plainAtK),
    ...(perplexity !== undefined && { perplexity: interval(perplexity) }),
    parameters: { total, ...(trained !== undefined && { trained }) },
    seconds,
  };
}

const plainAtK = ({ k, taskCount, ...estimate }: AtK) => ({ k, taskCount, ...interval(estimate) });

/** What was measured on, as a part of a name: "math", "held-out" of held-out.jsonl. */
const titleOf = (measured: ModelEvaluation | DataEvaluation): string =>
  "data" in measured
    ? basename(measured.data, extname(measured.data))
    : domainTitle(measured.domain);

type Origin = Omit<RolloutOrigin, "group" | "index">;

async function originOf(
  record: EvaluationRecord,
  measured: ModelEvaluation | DataEvaluation,
): Promise<Origin> {
  const renderer = await openRenderer(measured.found.folder);
  const template = await renderer.templateDigest?.();
  return {
    ...{ run: runNameOf(record), phase: EVALUATION_STAGE, split: "test", agent: record.name },
    ...("domain" in measured && { domain: domainTitle(measured.domain) }),
    tokenizer: await tokenizerPrint(renderer),
    ...(template !== undefined && { template }),
    endedAt: Date.parse(record.createdAt),
  };
}

/** A trace for each try, made only when it is written. */
function tracesOf({ rollouts, evaluation }: ModelEvaluation | DataEvaluation, origin: Origin) {
  const perTask = Math.max(1, Math.round(evaluation.rolloutCount / evaluation.taskCount));
  return rollouts.map((rollout: Rollout, i) => () => {
    const place = { group: Math.floor(i / perTask), index: i % perTask };
    return traceOfRollout(rollout, { ...origin, ...place });
  });
}
