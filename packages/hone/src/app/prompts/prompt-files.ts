/** Prompts in files: a text, or JSON with several of them by their names. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { fileReason } from "../../core/file-reason.ts";
import { parsedObject } from "../../core/json.ts";
import type { Prompts } from "../../core/prompts.ts";
import { writeWhole } from "../../runs/run-files.ts";

/** The name of the only prompt of a file of text: the system message of hone's own agents. */
export const onlyPrompt = "system";

/**
 * The prompts of a file: one that ends with .json holds several by their names, any other the prompt "system".
 * @throws CONFIG_INVALID naming `--prompt` for a file that cannot be read, is empty, or is no JSON object of texts
 */
export async function readPrompts(file: string): Promise<Prompts> {
  const refuse = (problem: string, cause?: unknown): HoneError =>
    new HoneError(
      "CONFIG_INVALID",
      { where: "--prompt", problem: `${file} ${problem}.` },
      { cause },
    );
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw refuse(`cannot be read (${fileReason(cause)})`, cause);
  }
  const prompts = file.endsWith(".json") ? parsedObject(text) : { [onlyPrompt]: text.trimEnd() };
  const entries = Object.entries(prompts ?? {});
  const isText = (one: unknown): one is string => typeof one === "string" && one.trim() !== "";
  if (entries.length === 0 || !entries.every(([, one]) => isText(one))) {
    const whole = 'must hold prompts by their names, such as {"plan": "…", "solve": "…"}';
    throw refuse(file.endsWith(".json") ? whole : "is empty");
  }
  return Object.fromEntries(entries) as Prompts;
}

/** Writes prompts into a run folder: one of the name "system" as text, others as JSON. Returns the path. */
export async function writePrompts(folder: string, prompts: Prompts): Promise<string> {
  const names = Object.keys(prompts);
  const isText = names.length === 1 && names[0] === onlyPrompt;
  const path = join(folder, isText ? "prompt.txt" : "best-prompts.json");
  await writeWhole(
    path,
    isText ? `${prompts[onlyPrompt]}\n` : `${JSON.stringify(prompts, null, 2)}\n`,
  );
  return path;
}
