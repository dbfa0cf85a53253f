/** The files of a search for prompts: every candidate after each step; at the end the best prompt, result.json and report.md. */
import { join } from "node:path";
import type { Prompts } from "../../core/prompts.ts";
import type { ReplayCoverage } from "../../core/tool-replay.ts";
import { beforeAndAfter, unknown } from "../../evaluation/before-and-after.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";
import { readFormat, writeFormat } from "../../formats/format.ts";
import { promptsFormat, type PromptsRecord } from "../../formats/prompts-format.ts";
import type { PromptEnd, PromptStep } from "../../ports/prompt-method.ts";
import { writeReport } from "../../runs/report.ts";
import { readText, writeWhole } from "../../runs/run-files.ts";
import { type RunFolder, runFiles } from "../../runs/run-folder.ts";
import { interval, measurement } from "../training/publish-result.ts";
import type { RunWarning } from "../training/run-warnings.ts";
import type { PromptResult } from "./prompt-events.ts";
import { writePrompts } from "./prompt-files.ts";

/** The state of a search. */
export interface SearchState {
  readonly method: string;
  readonly step: PromptStep;
  /** Absent while it runs. */
  readonly end?: PromptEnd;
}

/** Writes prompts.json. */
export async function savePrompts(folder: string, state: SearchState): Promise<void> {
  const { candidates, best, spent } = state.step;
  const { criticTokens, ...counts } = spent;
  const record: PromptsRecord = {
    method: state.method,
    ...(state.end && { end: state.end }),
    best,
    candidates: candidates.map((one) => ({
      ...one,
      prompts: { ...one.prompts },
      parents: [...one.parents],
      scores: { ...one.scores },
    })),
    spent: { ...counts, ...(criticTokens !== undefined && { criticTokens }) },
  };
  await writeWhole(join(folder, runFiles.prompts), writeFormat(promptsFormat, record));
}

/** The prompts.json of a run; undefined where there is none. @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export async function readPromptsRecord(folder: string): Promise<PromptsRecord | undefined> {
  const file = join(folder, runFiles.prompts);
  const text = await readText(file);
  return text === undefined ? undefined : readFormat(promptsFormat, text, file);
}

/** What the end of a run is written from. */
export interface PromptResultParts extends SearchState {
  readonly run: RunFolder;
  readonly end: PromptEnd;
  /** "start" and "after <method>"; empty where nothing was held out. */
  readonly evaluations: ReadonlyMap<string, Evaluation>;
  readonly seed: number;
  readonly seconds: number;
  readonly warnings: readonly RunWarning[];
  /** How calls of the agent's tools were answered. Absent where they ran. */
  readonly replay?: ReplayCoverage | undefined;
}

/** Writes the files of a finished search. The report is last, so that a run with a report is finished. */
export async function publishPrompts(parts: PromptResultParts): Promise<PromptResult> {
  const { run, step, end, method, evaluations, seconds, warnings } = parts;
  const { candidates, best, spent } = step;
  const prompts: Prompts = candidates[best]!.prompts;
  const file = await writePrompts(run.path, prompts);
  await savePrompts(run.path, parts);
  const measured = beforeAndAfter(evaluations, [{ name: method }], parts.seed);
  const { before, after, difference } = measured;
  await run.saveResult({
    before: measurement(before),
    after: measurement(after),
    difference: {
      success: interval(difference.success),
      reward: interval(difference.reward ?? unknown),
    },
    seconds,
    report: runFiles.report,
    training: [{ phase: method, step: step.step, values: { ...step.metrics } }],
    ...(parts.replay && { replay: parts.replay }),
    warnings: warnings.map(({ texts, ...warning }) => ({ ...warning, texts: [...texts] })),
  });
  const report = await writeReport(run.path);
  const facts = { prompts, candidates, best, end, spent, warnings, seconds };
  return { ...facts, ...measured, file, report, folder: run.path };
}
