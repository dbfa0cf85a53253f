/**
 * The table of prompt methods: a row for each `hone train <name>` that changes words and no weights. Its command with flags, help
 * and docs, the settings a run records, comparing and resuming runs are derived from it. This file loads types only; a method is
 * loaded when it runs.
 */
import type { PromptMethod } from "../../ports/prompt-method.ts";
import type { SettingKinds, SettingsOf, SettingsTable } from "../training/setting-kinds.ts";
import type { SharedPromptSettings } from "./prompt-settings.ts";

/** One way to search for prompts: the command `hone train <name>`. */
export interface PromptMethodRow<Own extends SettingsTable = SettingsTable> {
  /** What it does: one line of at most 58 characters, without a period at its end. */
  readonly summary: string;
  /** Lines of its help below the options. */
  readonly notes: readonly string[];
  /** The settings of the method itself, made of `kinds`. */
  readonly settings: (kinds: SettingKinds) => Own;
  /** The method of checked settings. Its file is loaded here, by `import()`, and not before. */
  method(settings: SharedPromptSettings & SettingsOf<Own>): Promise<PromptMethod>;
}

/** A row with its types. */
const row = <Own extends SettingsTable>(one: PromptMethodRow<Own>): PromptMethodRow<Own> => one;

/** Name, as `hone train <name>` takes it → method. */
export const promptMethods = {
  apo: row({
    summary: "Better prompts by critique, edit and beam search (APO)",
    notes: ["APO: automatic prompt optimization. A step is a round of its beam."],
    settings: ({ whole }) => ({
      steps: whole(1, 3, "rounds of the beam"),
      beamWidth: whole(1, 4, "prompts kept from round to round"),
      branchFactor: whole(1, 4, "edits of each of them in a round"),
      minibatchSize: whole(1, 4, "tasks the critic is shown at a time"),
    }),
    method: async ({ steps, beamWidth, branchFactor, minibatchSize, ...settings }) => {
      const { apo } = await import("../../algorithms/prompts/apo.ts");
      const { searchOptions } = await import("./prompt-settings.ts");
      const own = { rounds: steps, beamWidth, branchFactor, minibatchSize };
      return apo({ ...searchOptions(settings), ...own });
    },
  }),
  gepa: row({
    summary: "Better prompts by reflection and a Pareto set (GEPA)",
    notes: ["GEPA: genetic-Pareto. --merges joins candidates of agents with several prompts."],
    settings: ({ whole }) => ({
      steps: whole(1, 20, "prompts rewritten at most"),
      minibatchSize: whole(1, 3, "tasks the critic is shown at a time"),
      merges: whole(0, 0, "merges of two candidates at most"),
    }),
    method: async ({ steps, minibatchSize, merges, ...settings }) => {
      const { gepa } = await import("../../algorithms/prompts/gepa.ts");
      const { searchOptions } = await import("./prompt-settings.ts");
      return gepa({ ...searchOptions(settings), steps, minibatchSize, merges });
    },
  }),
} as const;

/** The name of a method. */
export type PromptMethodName = keyof typeof promptMethods;

/** All of them, in the order in which help lists them. */
export const promptMethodNames = Object.keys(promptMethods) as readonly PromptMethodName[];

/** The method of a name, its own settings known only to itself. */
export const promptMethodOf = (name: PromptMethodName): PromptMethodRow =>
  promptMethods[name] as PromptMethodRow;
