/** What the settings of every `hone run` share about its model: a name, or one that is made from nothing. */
import { z } from "zod";
import type { Setting } from "../training/setting-kinds.ts";

/** The model to start from. Undefined, also for the name "tiny": one is made from nothing. */
export const modelOrTiny = {
  schema: z
    .string()
    .min(1)
    .optional()
    .transform((name) => (name === "tiny" ? undefined : name)),
  kind: "text" as const,
  help: "a folder, a run, a hub id, or tiny",
  byDefault: "tiny: one from nothing",
};

/** A setting of a model that is made from nothing. */
export const ofNewModel = <Row extends Setting>(row: Row) => ({ ...row, notWith: "model" });
