/**
 * `hone run meetings`: supervised learning on a table of meetings, the model as an agent with tools, and DPO on its better and worse
 * tries. Each phase goes on from the one before, in one run or in several; docs/meetings.md shows both.
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { HoneError, isError } from "../../../core/errors.ts";
import { asFlag } from "../../../core/option-naming.ts";
import { findModel, type FoundModel } from "../../models/find-model.ts";
import { mergeModel } from "../../models/merge-model.ts";
import { mayChange } from "../../training/deadline.ts";
import { checkSameRun } from "../../training/earlier-run.ts";
import { folderNote, warningsNaming } from "../../training/open-pipeline.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import { shortPath } from "../../training/run-figures.ts";
import { type MeetingPhase, meetingPhases, type MeetingsSettings } from "../meetings-settings.ts";
import { copyFolder, makeWritable } from "../copy-layout.ts";
import { openSystemRun } from "../open-system-run.ts";
import type { RunOptions } from "../systems.ts";
import { dpoPhase, pairsAbsent } from "./dpo-phase.ts";
import { keepTable, tableFacts } from "./given-table.ts";
import { copyAdapter, copyLayout, type MeetingPaths, meetingPaths } from "./meetings-folder.ts";
import { laterSettings, recordedSettings } from "./meeting-work.ts";
import { publishMeetings } from "./publish-meetings.ts";
import { resolvedMeetings, type ResolvedMeetings } from "./resolved-settings.ts";
import { settingsWarning } from "./settings-warning.ts";
import { type PhaseOptions, sftPhase } from "./sft-phase.ts";
import { storedTraining } from "../stored-training.ts";
import { pairedAnew, readStatistics, tracesPhase } from "./traces-phase.ts";

/** A phase: its events, what is done with what it made, and whether that is there already. */
interface Phase {
  readonly events: (options: PhaseOptions) => AsyncGenerator<PipelineEvent, void>;
  readonly isDone: (paths: MeetingPaths) => Promise<boolean>;
}

const phases: Readonly<Record<MeetingPhase, Phase>> = {
  sft: {
    events: sftPhase,
    isDone: async ({ sftRun, sftModel }) =>
      existsSync(sftModel) && (await storedTraining(sftRun, "sft")) !== undefined,
  },
  traces: {
    events: tracesPhase,
    isDone: async (paths) => (await readStatistics(paths)) !== undefined,
  },
  dpo: {
    events: dpoPhase,
    isDone: async ({ dpoRun, adapter, alignedModel }) =>
      [adapter, alignedModel].some(existsSync) &&
      (await storedTraining(dpoRun, "dpo")) !== undefined,
  },
};

/**
 * The run as a stream of events, one "done" at its end. A run of one phase ends with what there is so far.
 * @throws MEETING_PHASE_EARLY for a phase whose predecessor is not done; as the phases, `tableFacts` and `resumeRunFolder`
 */
export async function* runMeetings(
  settings: MeetingsSettings,
  { out = settings.out, resume, signal }: RunOptions,
): AsyncGenerator<PipelineEvent, void> {
  const resolved = resolvedMeetings(settings);
  if (resume === undefined) checkFirst(settings.phase);
  const earlier = resume === undefined ? undefined : meetingPaths(resume);
  const table = await tableFacts(resolved, earlier, signal);
  const config = { ...recordedSettings(resolved), ...table };
  if (resume !== undefined) await checkSameRun(resume, config, changeable(resume));
  if (earlier !== undefined) await checkNext(resolved.phase, earlier);
  const found = await modelOf(resolved, earlier, signal);
  if (resolved.layout !== undefined) await makeWritable(resolved.layout);
  const { threads } = resolved;
  const run = await openSystemRun({
    ...{ name: "meetings", config, out, resume, threads },
    mayChange: resume === undefined ? [] : changeable(resume),
  });
  const paths = meetingPaths(run.path);
  const shown = () => (signal?.aborted ? [] : publishMeetings(run, resolved));
  try {
    yield folderNote(run.path);
    await keepTable(resolved.data, paths);
    const warning = settingsWarning(resolved);
    if (warning !== undefined) yield { kind: "warning", ...warning };
    for (const notice of found?.notices ?? []) yield { kind: "note", text: notice };
    yield* pairedAnew(resolved, paths);
    yield* allPhases({ settings: resolved, config, paths, found, signal });
    yield* shown();
    // Where phase 3 is next of all, it throws this error itself.
    const absent =
      resolved.phase === "traces" && (await pairsAbsent({ settings: resolved, paths }));
    if (absent) yield warningsNaming(asFlag)(absent);
  } catch (error) {
    await run.saveFailure(error);
    // The phases before it are done, and what they came to is shown.
    if (isError(error, "MEETING_PAIRS_ABSENT")) {
      yield* shown();
      await copyOut(run.path, resolved);
    }
    throw error;
  } finally {
    await run.close();
  }
  // A copy that fails is no failure of the run, which is whole.
  await copyOut(run.path, resolved);
}

/** Copies what is done where the user wants it. */
async function copyOut(folder: string, { layout, data }: ResolvedMeetings): Promise<void> {
  // A table that was given is the user's already.
  if (layout !== undefined) await copyLayout(folder, layout, data === undefined ? [] : ["data"]);
}

/** Settings that a resumed run may have otherwise: those of every run, those of a phase until it has begun, and of pairs while there are tries to pair. */
function changeable(folder: string): readonly string[] {
  const { dpoRun, begun, statistics } = meetingPaths(folder);
  if (existsSync(join(dpoRun, "run.json"))) return mayChange;
  const [isBegun, isTried] = [existsSync(begun), existsSync(statistics)];
  const ofPairs = isBegun || !isTried ? laterSettings.pairs : [];
  const ofTraces = isBegun || isTried ? [] : laterSettings.traces;
  return [...mayChange, ...laterSettings.dpo, ...ofPairs, ...ofTraces];
}

/** A new run begins with the first phase. @throws MEETING_PHASE_EARLY */
function checkFirst(phase: MeetingPhase | undefined): void {
  const before = phase && meetingPhases[meetingPhases.indexOf(phase) - 1];
  if (before !== undefined) throw new HoneError("MEETING_PHASE_EARLY", { phase: phase!, before });
}

/** The pretrained model that phase 1 begins from; undefined for one from nothing, and where phase 1 is not run. */
async function modelOf(
  { model, phase = "sft" }: Pick<MeetingsSettings, "model" | "phase">,
  earlier: MeetingPaths | undefined,
  signal: AbortSignal | undefined,
): Promise<FoundModel | undefined> {
  if (model === undefined || phase !== "sft") return undefined;
  if (earlier !== undefined && (await phases.sft.isDone(earlier))) return undefined;
  return findModel(model, { ...(signal && { signal }) });
}

async function* allPhases(options: PhaseOptions): AsyncGenerator<PipelineEvent, void> {
  const { paths, settings, signal } = options;
  for (const name of settings.phase === undefined ? meetingPhases : [settings.phase]) {
    if (await phases[name].isDone(paths)) {
      yield { kind: "note", text: `phase ${name} is done already` };
      continue;
    }
    for await (const event of phases[name].events(options)) yield* ofWhole(event, name, paths);
    if (signal?.aborted) return;
    await keepModel(name, paths);
  }
}

/** Refuses a phase of a resumed run before anything is written. @throws MEETING_PHASE_EARLY */
async function checkNext(phase: MeetingPhase | undefined, paths: MeetingPaths): Promise<void> {
  if (phase !== undefined && !(await phases[phase].isDone(paths))) await checkOrder(phase, paths);
}

/** @throws MEETING_PHASE_EARLY */
async function checkOrder(phase: MeetingPhase, paths: MeetingPaths): Promise<void> {
  const before = meetingPhases[meetingPhases.indexOf(phase) - 1];
  if (before === undefined || (await phases[before].isDone(paths))) return;
  throw new HoneError("MEETING_PHASE_EARLY", { phase, before, folder: shortPath(paths.folder) });
}

/** What an evaluation of a phase's own run is of the whole. */
const policyNames: Readonly<Record<string, string>> = {
  "sft start": "untrained",
  "sft after sft": "SFT",
  "dpo start": "agent",
  "dpo after dpo": "DPO",
};

/** Events of a phase's own run as those of the whole: it is resumed by the whole's folder, and its result is a part. */
function* ofWhole(
  event: PipelineEvent,
  phase: MeetingPhase,
  { folder }: MeetingPaths,
): Generator<PipelineEvent, void> {
  if (event.kind === "done" || event.kind === "finished") return;
  if (event.kind === "stopped") return yield { ...event, folder };
  if (event.kind !== "evaluating" && event.kind !== "evaluated") return yield event;
  yield { ...event, name: policyNames[`${phase} ${event.name}`] ?? event.name };
}

/** Puts what a phase has trained where the next reads it. */
async function keepModel(phase: MeetingPhase, paths: MeetingPaths): Promise<void> {
  if (phase === "traces") return;
  const folder = phase === "sft" ? paths.sftRun : paths.dpoRun;
  const { trained } = (await storedTraining(folder, phase))!;
  const isAdapter = trained.endsWith("adapter");
  if (phase === "dpo") {
    await (isAdapter ? copyAdapter(trained, paths) : copyFolder(trained, paths.alignedModel));
    return rm(paths.begun, { force: true });
  }
  if (!isAdapter) return copyFolder(trained, paths.sftModel);
  await mergeModel(await findModel(folder), paths.sftModel, { replace: true });
}
