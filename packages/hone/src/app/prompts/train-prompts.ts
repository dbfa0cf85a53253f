/** `hone train apo`, `hone train gepa`: from settings to events. */
import { HoneError } from "../../core/errors.ts";
import { findModel } from "../models/find-model.ts";
import type { Prompts } from "../../core/prompts.ts";
import type { OutsideProgram } from "../serving/outside-program.ts";
import { meaningfulSettings } from "../training/setting-rules.ts";
import { recordedStore } from "../training/stored/recorded-store.ts";
import { openLocalModel, openNamedModel, type PromptModelOptions } from "./open-prompt-model.ts";
import type { PromptEvent } from "./prompt-events.ts";
import { type PromptMethodName, type PromptMethodRow } from "./prompt-methods.ts";
import { settingsOfPromptMethod, type SharedPromptSettings } from "./prompt-settings.ts";
import { type OpenedPromptTasks, openPromptTasks } from "./prompt-tasks.ts";
import { type OpenedPromptModel, type PromptRunOptions, runPrompts } from "./run-prompts.ts";

/** What a search has from a command other than `hone train <method>`. */
export interface PromptOrigin extends Pick<PromptRunOptions, "prepareFolder" | "replay"> {
  /** The command, as the run records it. */
  readonly command: string;
  /** The start of the run folder's name. */
  readonly runName: string;
  /** What the run records besides the settings. */
  readonly settled: Readonly<Record<string, unknown>>;
  /** What the run says first. */
  readonly notes: readonly string[];
  /** What does the tasks, and how it has its prompt. */
  readonly program: OutsideProgram;
  /** The prompts to start from, where the settings name no file. */
  readonly prompts?: Prompts | undefined;
}

/** What is run: a row of the table of prompt methods, by its name there, with checked settings. */
export interface PromptTraining {
  readonly name: PromptMethodName;
  readonly row: PromptMethodRow;
  readonly settings: SharedPromptSettings;
  readonly resume?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Default: `hone train <name>`. */
  readonly origin?: PromptOrigin | undefined;
}

/** The run as a stream of events; see run-prompts.ts. @throws as `runPrompts` and what opening the tasks and the model throws */
export async function* trainPrompts(training: PromptTraining): AsyncGenerator<PromptEvent, void> {
  const { settings, signal, origin } = training;
  const openModel = await modelOpener(settings, signal);
  const opened = await openPromptTasks(settings, origin);
  try {
    yield* promptEvents(training, opened, openModel);
  } finally {
    await opened.close?.();
  }
}

async function* promptEvents(
  { name, row, settings, resume, signal, origin }: PromptTraining,
  { title, settled, close: _close, ...tasks }: OpenedPromptTasks,
  openModel: () => Promise<OpenedPromptModel>,
): AsyncGenerator<PromptEvent, void> {
  const { out, threads, store, keepRollouts, ...decisive } = settings;
  yield* runPrompts({
    ...tasks,
    name: origin?.runName ?? `${title}-${name}`,
    notes: [...(origin?.notes ?? []), ...tasks.notes],
    prepareFolder: origin?.prepareFolder,
    replay: origin?.replay,
    config: {
      command: origin?.command ?? `train ${name}`,
      ...meaningfulSettings(settingsOfPromptMethod(row), decisive),
      ...settled,
      ...origin?.settled,
      ...recordedStore({ store, keepRollouts }),
      prompts: tasks.prompts,
    },
    ...{ out, threads, store, keepRollouts },
    resume,
    method: await row.method(settings),
    openModel,
    mode: settings.evaluation,
    samplesPerTask: settings.samplesPerTask,
    seed: settings.seed,
    concurrency: settings.concurrency,
    deadline: settings.deadline,
    signal,
  });
}

/** What opens the model that does the tasks; a name that is wrong is said before there is a run folder. */
async function modelOpener(
  settings: SharedPromptSettings,
  signal: AbortSignal | undefined,
): Promise<() => Promise<OpenedPromptModel>> {
  const { model, policy, critic, maxTokens, temperature, threads } = settings;
  const options: PromptModelOptions = {
    sampling: { maxTokens, temperature },
    critic,
    criticSampling: {
      maxTokens: settings.criticMaxTokens,
      temperature: settings.criticTemperature,
    },
    threads,
    signal,
  };
  if (policy !== undefined) {
    const opened = await openNamedModel(policy, options);
    return async () => opened;
  }
  if (model === undefined || model === "tiny") {
    const problem =
      "give what does the tasks: --model with a folder, a run or a hub id, or --policy with a model by name; a model from nothing follows no prompt.";
    throw new HoneError("CONFIG_INVALID", { where: "--model", problem });
  }
  const found = await findModel(model, signal === undefined ? {} : { signal });
  return () => openLocalModel(found, options);
}
