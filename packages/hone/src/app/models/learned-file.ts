/** `hone.json` beside trained weights: what a run says of its tasks, so that a copy of the folder is asked in the words that it learned. */
import { join } from "node:path";
import { readFormat, writeFormat } from "../../formats/format.ts";
import { learnedFormat, type LearnedRecord } from "../../formats/learned-format.ts";
import type { RunRecord } from "../../formats/run-format.ts";
import { readText, writeWhole } from "../../runs/run-files.ts";
import { domainNames } from "../domains.ts";
import { wordingOf } from "../training/prompt-wording.ts";
import { domainOfRun, ownTasksOf } from "../training/run-domain.ts";

const fileName = "hone.json";

/**
 * Writes what a run learned into the folder of its weights; nothing where it learned other tasks than a domain's, whose words are
 * the user's own. A domain in a user's file is not named, since its path says nothing elsewhere.
 * @throws DISK_FULL, WRITE_FAILED
 */
export async function keepLearned(folder: string, run: RunRecord["config"]): Promise<void> {
  const domain = domainOfRun(run);
  if (domain === undefined || ownTasksOf(run) !== undefined) return;
  const { form, system } = await wordingOf(undefined, run);
  const {
    command,
    level,
    levels = level === undefined ? [1] : [level],
    maxActions,
    maxTokens,
  } = run;
  const record = {
    ...(typeof command === "string" && { command }),
    ...(domainNames.includes(domain) && { domain }),
    ...(Array.isArray(levels) && { levels: levels.map(Number) }),
    prompt: form,
    ...(system !== undefined && { system }),
    ...(typeof maxActions === "number" && { maxActions }),
    ...(typeof maxTokens === "number" && { maxTokens }),
  };
  await writeWhole(join(folder, fileName), writeFormat(learnedFormat, record));
}

/** What the folder of a trained model or adapter says of its tasks; undefined where it says nothing. @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export async function readLearned(folder: string): Promise<LearnedRecord | undefined> {
  const file = join(folder, fileName);
  const text = await readText(file);
  return text === undefined ? undefined : readFormat(learnedFormat, text, file);
}
