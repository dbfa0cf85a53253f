/**
 * The table of trainings: a row for each `hone train <name>`. Its command with flags, help and docs, the settings a run
 * records, comparing and resuming runs, and the command that trains a run's model further are derived from it.
 *
 * A new algorithm is its file in algorithms/ and its row in the part of its kind. These files load types and lists of words only: an algorithm is
 * loaded when it runs, zod and the domains when settings are read.
 */
import { policyTrainings } from "./policy-trainings.ts";
import { preferenceTrainings } from "./preference-trainings.ts";
import { supervisedTrainings } from "./supervised-trainings.ts";
import type { Training } from "./training/training.ts";

/** Name, as `hone train <name>` takes it → training; in the order in which help lists them. */
export const trainings = {
  ...supervisedTrainings,

  ...policyTrainings,

  ...preferenceTrainings,
} as const satisfies Readonly<Record<string, Training>>;

export type TrainingName = keyof typeof trainings;

export const trainingNames = Object.keys(trainings) as readonly TrainingName[];

/** The training of a name, its own settings known only to itself. */
export const trainingOf = (name: TrainingName): Training => trainings[name];
