/** The table of systems: a row for each `hone run <name>`, several phases on one domain, from nothing to a trained model. */
import type { TrainingName } from "../trainings.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import type { SettingsOf, SettingsTable } from "../training/setting-kinds.ts";
import { actionRecipes } from "./action-recipes.ts";
import { type ActionRecipe, actionSettings } from "./action-settings.ts";
import type { SystemName } from "./system-summaries.ts";
import { usualMeetings } from "./meetings/meeting-defaults.ts";
import { multimodalSettings } from "./multimodal-settings.ts";
import { meetingsSettings } from "./meetings-settings.ts";
import { teamRunSettings } from "./team-settings.ts";
import { trajectoriesSettings } from "./trajectories-settings.ts";

type Config = Readonly<Record<string, unknown>>;

/** Where a run writes and how it is computed; none of it changes the result. */
export interface RunOptions {
  /** The run folder, new or empty. Default: a new one in runs/. */
  readonly out?: string | undefined;
  /** The folder of a stopped run to resume. Default: a new run. */
  readonly resume?: string | undefined;
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number | undefined;
  /** Aborts when the run is to save and end. */
  readonly signal?: AbortSignal | undefined;
}

/** One system. */
export interface System<Table extends SettingsTable = SettingsTable> {
  /** Further lines of its help. */
  readonly notes: readonly string[];
  readonly settings: Table;
  /** The run as a stream of events. Loads what runs it. */
  run(settings: SettingsOf<Table>, options: RunOptions): AsyncGenerator<PipelineEvent, void>;
  /** The defaults of settings that depend on other settings, for the line of a new run. Default: every default is its row's. */
  readonly usual?: (config: Config) => Config;
  /** How a new run trains its model further. Default: by the same system. */
  readonly further?: {
    readonly training: TrainingName;
    /** The key of its settings that becomes the new run's `steps`. */
    readonly steps: string;
    /** The other settings of the new run, from those of the system's run. */
    readonly settings: (config: Config) => Config;
  };
}

export const systems = {
  math: actionSystem("math"),
  code: actionSystem("code"),
  business: actionSystem("business"),
  writing: actionSystem("writing"),
  mhqa: actionSystem("mhqa"),
  tau: actionSystem("tau"),
  video: actionSystem("video"),
  team: teamSystem(),
  multimodal: multimodalSystem(),
  swe: actionSystem("swe"),
  trajectories: trajectoriesSystem(),
  meetings: meetingsSystem(),
} satisfies Readonly<Record<SystemName, System>>;

/** A row without the types of its settings. */
export const systemOfName = (name: SystemName): System => systems[name];

function actionSystem(domain: keyof typeof actionRecipes) {
  const recipe: ActionRecipe = actionRecipes[domain];
  return {
    notes: [
      "First from an expert's moves (supervised learning), then from rewards by GRPO.",
      "Beside the result stand random actions, the most frequent ones, and the expert.",
    ],
    settings: actionSettings(recipe),
    async *run({ out, threads, ...settings }, { signal, resume }) {
      const { runActions } = await import("./run-actions.ts");
      yield* runActions({ domain, recipe, settings, out, threads, resume, signal });
    },
    further: {
      training: "grpo",
      steps: "grpoSteps",
      settings: ({ seed, level, maxActions, maxTokens, model }) => ({
        seed,
        domain,
        levels: [level],
        maxActions,
        maxTokens,
        ...(model === undefined && { weights: "all" }),
      }),
    },
  } satisfies System<ReturnType<typeof actionSettings>>;
}

function teamSystem() {
  return {
    notes: [
      "Three members on one policy answer, see each other's answers and vote. First",
      "they learn from traces of scripted teams, each member's turns by what it earned,",
      "then from their own work. reward/consensus and reward/rounds stand beside the",
      "team's reward in the report. docs/teams.md.",
    ],
    settings: teamRunSettings,
    async *run(settings, options) {
      const { runTeamSystem } = await import("./team/run-team.ts");
      yield* runTeamSystem(settings, options);
    },
  } satisfies System<typeof teamRunSettings>;
}

function multimodalSystem() {
  return {
    notes: [
      "Extracts the images of documents, indexes them, and teaches an agent to answer",
      "with a text and the images that help: from an expert's episodes, then by GRPO.",
      "Without --storage-path and --docs-path it asks about a sample of 192 pages.",
    ],
    settings: multimodalSettings,
    async *run(settings, options) {
      const { runMultimodal } = await import("./multimodal/run-multimodal.ts");
      yield* runMultimodal(settings, options);
    },
    further: {
      training: "grpo",
      steps: "grpoSteps",
      settings: ({ seed, maxActions, maxTokens, model }) => ({
        ...{ seed, domain: "multimodal", maxActions, maxTokens },
        ...(model === undefined && { weights: "all" }),
      }),
    },
  } satisfies System<typeof multimodalSettings>;
}

function trajectoriesSystem() {
  return {
    notes: [
      "Scripted experts that make mistakes try the tasks of each domain. Their",
      "trajectories are rewarded, unified and made into sets; each domain's policy",
      "learns them (SFT) and goes on by PPO with a critic. One report shows all.",
      "A setting that is given holds for every domain; defaults are a domain's own.",
      "--phase data or sft stops before; --resume <folder> goes on.",
      "Agents and questions from a file, and a model per tool: npx hone train all.",
    ],
    settings: trajectoriesSettings,
    async *run(settings, options) {
      const { runTrajectories } = await import("./trajectories/run-trajectories.ts");
      yield* runTrajectories(settings, options);
    },
  } satisfies System<typeof trajectoriesSettings>;
}

function meetingsSystem() {
  return {
    notes: [
      "Supervised learning on a table (--data, or one that is drawn), the model as an",
      "agent with tools, and DPO on its better and worse tries. --phase runs one alone;",
      "the next goes on with --resume <folder> --phase traces. docs/meetings.md.",
    ],
    settings: meetingsSettings,
    async *run(settings, options) {
      const { runMeetings } = await import("./meetings/run-meetings.ts");
      yield* runMeetings(settings, options);
    },
    usual: ({ model, rank }) =>
      usualMeetings({ isFromNothing: model === "tiny", rank: Number(rank) }),
  } satisfies System<typeof meetingsSettings>;
}
