/**
 * `hone run trajectories`: from the trajectories of scripted experts to policies, for several domains. All trajectories are rewarded, brought
 * into the unified form and made into sets; then each domain's policy learns its conversations and goes on by PPO. Held-out tasks are
 * measured before, between and after. The steps are those of `hone train all`; docs/guides/trajectories.md shows the run.
 */
import { existsSync } from "node:fs";
import { findModel } from "../../models/find-model.ts";
import { checkSameRun } from "../../training/earlier-run.ts";
import { folderNote } from "../../training/open-pipeline.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import { shortPath } from "../../training/run-figures.ts";
import { isTrained } from "../../trajectory-pipeline/placed-training.ts";
import { runFiles } from "../../../runs/run-folder.ts";
import { copyParts, makeWritable } from "../copy-layout.ts";
import { openSystemRun } from "../open-system-run.ts";
import type { RunOptions } from "../systems.ts";
import {
  type TrajectoriesSettings,
  type TrajectoryPhase,
  trajectoryPhases,
} from "../trajectories-settings.ts";
import { dataPhase, hasData } from "./data-phase.ts";
import type { PhaseOptions } from "./phase-options.ts";
import { rlPhase, sftPhase } from "./policy-phases.ts";
import { publishTrajectories } from "./publish-trajectories.ts";
import {
  changeable,
  checkWhitening,
  type DomainRecipe,
  recordedTrajectories,
  resolvedTrajectories,
} from "./resolved-settings.ts";
import { layoutParts, trajectoryPaths } from "./trajectories-folder.ts";

/**
 * The run as a stream of events, one "done" at its end where every phase is done.
 * @throws as `findModel`, `resumeRunFolder`, `createRunFolder` and the phases; RUN_OF_ANOTHER_COMMAND, RUN_CONFIG_CHANGED
 */
export async function* runTrajectories(
  settings: TrajectoriesSettings,
  { resume, signal = new AbortController().signal }: RunOptions,
): AsyncGenerator<PipelineEvent, void> {
  const resolved = resolvedTrajectories(settings);
  checkWhitening(resolved);
  const config = recordedTrajectories(resolved);
  const { out, threads, layout } = settings;
  const mayChange = resume === undefined ? [] : changeable(hasPpo(resume, resolved.recipes));
  if (resume !== undefined) await checkSameRun(resume, config, mayChange);
  if (layout !== undefined) await makeWritable(layout);
  // A name that leads to no model is to end the run before the data of all domains are made.
  if (settings.model !== undefined) await findModel(settings.model, { signal });
  const run = await openSystemRun({
    name: "trajectories",
    config,
    out,
    resume,
    threads,
    mayChange,
  });
  const options = { ...resolved, paths: trajectoryPaths(run.path), signal };
  try {
    yield folderNote(run.path);
    yield* allPhases(options);
    if (!signal.aborted) yield* publishTrajectories(run, options);
  } catch (error) {
    await run.saveFailure(error);
    throw error;
  } finally {
    await run.close();
  }
  // A copy that fails is no failure of the run, which is whole.
  if (layout !== undefined)
    await copyParts(run.path, layout, { parts: layoutParts, leftOut: [runFiles.checkpoints] });
}

/** Whether PPO has begun on any domain of a run. */
const hasPpo = (folder: string, recipes: readonly DomainRecipe[]): boolean =>
  recipes.some(({ domain }) => existsSync(trajectoryPaths(folder).rl(domain)));

async function* allPhases(options: PhaseOptions): AsyncGenerator<PipelineEvent, void> {
  const { settings, recipes, paths, signal } = options;
  if (hasData(options)) yield { kind: "note", text: `${shortPath(paths.data)} is there already` };
  else yield* dataPhase(options);
  for (const recipe of recipes)
    for (const phase of trainingsUpTo(settings.phase)) {
      const { events, folder } = policyPhases[phase];
      const out = folder(options, recipe);
      if (isTrained(out)) {
        yield { kind: "note", text: `${shortPath(out)} is there already` };
        continue;
      }
      for await (const event of events(recipe, options))
        yield* ofWhole(event, phase, recipe, options);
      if (signal.aborted) return;
    }
}

interface PolicyPhase {
  readonly events: typeof sftPhase;
  readonly folder: (options: PhaseOptions, recipe: DomainRecipe) => string;
}

type PolicyPhaseName = Exclude<TrajectoryPhase, "data">;

const policyPhases: Readonly<Record<PolicyPhaseName, PolicyPhase>> = {
  sft: { events: sftPhase, folder: ({ paths }, { domain }) => paths.sft(domain) },
  rl: { events: rlPhase, folder: ({ paths }, { domain }) => paths.rl(domain) },
};

const trainingsUpTo = (last: TrajectoryPhase = "rl") =>
  trajectoryPhases.slice(0, trajectoryPhases.indexOf(last) + 1).filter((phase) => phase !== "data");

/** What an evaluation of a domain's training is of the whole. */
const policyNames: Readonly<Record<string, string>> = {
  "sft start": "untrained",
  "sft after sft": "SFT",
  // The same policy again, which the difference is paired with.
  "rl start": "SFT",
  "rl after ppo": "PPO",
};

/** Events of a training as those of the whole: it is resumed by the whole's folder, and its result is a part. */
function* ofWhole(
  event: PipelineEvent,
  phase: PolicyPhaseName,
  { domain }: DomainRecipe,
  { paths: { folder } }: PhaseOptions,
): Generator<PipelineEvent, void> {
  const nameOf = (name: string): string => `${domain} ${policyNames[`${phase} ${name}`] ?? name}`;
  switch (event.kind) {
    case "done":
    case "finished":
      return;
    case "stopped":
      return yield { ...event, folder, phase: `${domain} ${event.phase}` };
    case "phase":
    case "evaluating":
    case "evaluated":
    case "rollouts":
    case "computing":
      return yield { ...event, name: nameOf(event.name) };
    case "step":
    case "checkpoint":
      return yield { ...event, phase: `${domain} ${event.phase}` };
    default:
      return yield event;
  }
}
