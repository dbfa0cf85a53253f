/** The model a run from nothing starts with, made inside its folder once and found there on resume. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type NewModelOptions, newModel } from "../../engine/model-files/new-model.ts";

/** The folder `base` of a run; made from the options when it is not there yet (it appears whole). */
export async function baseModelOf(
  runFolder: string,
  options: Omit<NewModelOptions, "folder" | "replace">,
): Promise<string> {
  const folder = join(runFolder, "base");
  if (!existsSync(join(folder, "config.json"))) await newModel({ ...options, folder });
  return folder;
}
