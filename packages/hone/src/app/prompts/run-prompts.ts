/** A search for prompts from its run folder to its report. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isError } from "../../core/errors.ts";
import type { Prompts } from "../../core/prompts.ts";
import type { Task } from "../../core/rollout.ts";
import type { ReplayCoverage } from "../../core/tool-replay.ts";
import type { ChatModelFactory } from "../../ports/chat-model.ts";
import type { Critic } from "../../ports/critic.ts";
import type { PromptMethod } from "../../ports/prompt-method.ts";
import type { Renderer } from "../../ports/renderer.ts";
import type { RolloutRunner } from "../../ports/rollout-runner.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { RolloutProgress } from "../../rollouts/rollout-progress.ts";
import { createRunFolder, readRunRecord, resumeRunFolder, changesOf } from "../../runs/open-run.ts";
import { type RunFolder, runFiles } from "../../runs/run-folder.ts";
import { checkSameRun } from "../training/earlier-run.ts";
import { folderNote } from "../training/open-pipeline.ts";
import { resumedFolder } from "../training/resumed-folder.ts";
import { openRecorder, type RolloutStoreOptions } from "../training/stored/open-recorder.ts";
import { RunWarnings } from "../training/run-warnings.ts";
import { PaidWork } from "./paid-work.ts";
import type { PromptEvent } from "./prompt-events.ts";
import { PromptSession } from "./prompt-session.ts";
import { readPromptsRecord } from "./publish-prompts.ts";

/** The model that does the tasks, open. */
export interface OpenedPromptModel {
  readonly chatModel: ChatModelFactory;
  readonly policy: SamplingClient;
  /** Its renderer; absent of a model that is asked by its name, whose tokens are not known. */
  readonly renderer?: Renderer;
  /** What it is, for people: "qwen2, 494032768 parameters, 8 threads". */
  readonly summary: string;
  readonly critic: Critic;
  close(): Promise<void>;
}

/** Tasks with what does them and what judges it, once a model is open. */
export interface PromptTasks {
  readonly tasks: readonly Task[];
  openRunner(parts: {
    readonly chatModel: ChatModelFactory;
    readonly concurrency: number;
    readonly deadlineMs: number;
    readonly progress: RolloutProgress;
  }): RolloutRunner;
}

/** A search: its folder, its model, its method, its tasks. */
export interface PromptRunOptions extends RolloutStoreOptions {
  /** The start of the run folder's name. */
  readonly name: string;
  /** The settings with all defaults filled in; a resume with others is refused, except for a larger budget. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly out?: string | undefined;
  /** Threads that were asked for, which a resume takes again. */
  readonly threads?: number | undefined;
  readonly resume?: string | undefined;
  readonly method: PromptMethod;
  readonly prompts: Prompts;
  readonly openModel: () => Promise<OpenedPromptModel>;
  /** Tasks that the method learns from and chooses by. */
  readonly learning: PromptTasks;
  /** Tasks that are only measured, with the first prompts and the best. */
  readonly heldOut: PromptTasks;
  readonly mode: "greedy" | "sampled";
  readonly samplesPerTask: number;
  readonly seed: number;
  /** Rollouts at a time. */
  readonly concurrency: number;
  /** Seconds that a rollout may take. */
  readonly deadline: number;
  readonly notes?: readonly string[];
  readonly warning?: { readonly code: string; readonly text: string } | undefined;
  /** Writes what the run keeps of its tasks into its folder. Default: nothing. */
  readonly prepareFolder?: ((folder: string) => Promise<void>) | undefined;
  /** How calls of the agent's tools were answered so far, where a recording answers them. Default: they ran. */
  readonly replay?: (() => ReplayCoverage) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What may be otherwise in a resumed run: a spent budget is raised, a slow agent gets more time, rollouts are kept elsewhere. */
const mayChange = [
  ...["budget", "criticCalls", "criticTokens", "deadline", "concurrency"],
  ...["store", "keepRollouts"],
] as const;

/**
 * Measures the held-out tasks with the first prompts, searches, and measures them with the best. The last event is "done", or
 * "stopped" after the signal.
 *
 * All that a method draws is a function of the seed, and everything it asks for is kept in the run folder. So a resumed run
 * begins at its first step, takes what is there, and continues where it was stopped, exactly as an uninterrupted one.
 * @throws RUN_OF_ANOTHER_COMMAND, RUN_CONFIG_CHANGED for a run that cannot be resumed like this; what the model, the agent's
 *         configuration, the critic and the method throw
 */
export async function* runPrompts(options: PromptRunOptions): AsyncGenerator<PromptEvent, void> {
  const { resume: name, config } = options;
  const folder = name === undefined ? undefined : await resumedFolder(name);
  if (folder !== undefined) await checkSameRun(folder, config, mayChange);
  options.method.check?.(options.learning.tasks);
  const isFinished = folder !== undefined && (await wasFinished(folder, config));
  const run = await openFolder(options, folder);
  const warnings = new RunWarnings();
  try {
    for await (const event of sessionEvents({ run, options, warnings, isFinished })) {
      if (event.kind !== "done") warnings.add(event);
      yield event;
    }
  } catch (error) {
    await run.saveFailure(error);
    throw error;
  } finally {
    await run.close();
  }
}

/** Whether there is nothing left to do: it has a report, and is not given a larger budget. */
async function wasFinished(
  folder: string,
  config: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  if (!existsSync(join(folder, runFiles.report))) return false;
  const record = await readPromptsRecord(folder).catch((error: unknown) => {
    if (!isError(error, "FILE_DAMAGED")) throw error;
    return undefined;
  });
  if (record?.end === undefined) return false;
  const isRaised = changesOf(await readRunRecord(folder), config).length > 0;
  return !isRaised;
}

async function openFolder(
  { name, config, out, threads }: PromptRunOptions,
  folder: string | undefined,
): Promise<RunFolder> {
  if (folder === undefined)
    return createRunFolder({ name, config, threads, ...(out !== undefined && { out }) });
  const { run } = await resumeRunFolder({ folder, config, threads, mayChange });
  return run;
}

interface SessionRequest {
  readonly run: RunFolder;
  readonly options: PromptRunOptions;
  readonly warnings: RunWarnings;
  /** The run was finished before, so that everything is taken from its folder. */
  readonly isFinished: boolean;
}

async function* sessionEvents(request: SessionRequest): AsyncGenerator<PromptEvent, void> {
  const { run, options } = request;
  const { notes = [], warning } = options;
  const paid = await PaidWork.open(run.path);
  try {
    const earlier = paid.earlier === undefined ? [] : [paid.earlier];
    yield folderNote(run.path);
    await options.prepareFolder?.(run.path);
    for (const text of [...notes, ...earlier]) yield { kind: "note", text };
    if (warning !== undefined) yield { kind: "warning", ...warning };
    const model = await options.openModel();
    try {
      yield { kind: "note", text: model.summary };
      const recorder = await openRecorder(run, model.renderer, options);
      try {
        yield* new PromptSession({ ...request, paid, model, recorder }).events();
      } finally {
        await recorder.close();
      }
    } finally {
      await model.close();
    }
  } finally {
    paid.close();
  }
}
