/** The table of systems: a row for each `hone run <name>`, several phases on one domain, from nothing to a trained model. */
import type { TrainingName } from "../trainings.ts";
import type { SettingsTable } from "../training/setting-kinds.ts";
import { mathSettings } from "./math-settings.ts";

type Config = Readonly<Record<string, unknown>>;

export interface System {
  readonly settings: SettingsTable;
  /** How a new run trains its model further. */
  readonly further: {
    readonly training: TrainingName;
    /** The key of its settings that becomes the new run's `steps`. */
    readonly steps: string;
    /** The other settings of the new run, from those of the system's run. */
    readonly settings: (config: Config) => Config;
  };
}

export const systems = {
  math: {
    settings: mathSettings,
    further: {
      training: "grpo",
      steps: "grpoSteps",
      settings: ({ seed, level, maxSteps }) => ({
        seed,
        levels: [level],
        maxSteps,
        weights: "all",
      }),
    },
  },
} as const satisfies Readonly<Record<string, System>>;

export type SystemName = keyof typeof systems;
