/** A sweep's file: read, checked, and made into runs. */
import { z } from "zod";
import { HoneError, isError } from "../../core/errors.ts";
import { nearestFact } from "../../core/known-options.ts";
import type { SweepRecord } from "../../formats/sweep-format.ts";
import { promptMethodNames } from "../prompts/prompt-methods.ts";
import { resolveSettings } from "../training/config.ts";
import { type ConfigFile, readConfigFile } from "../training/config-file.ts";
import { settingsOfCommand } from "../training/command-settings.ts";
import { trainingNames } from "../trainings.ts";
import { type Combination, drawn, gridOf } from "./combinations.ts";

/** Runs that a sweep may have, so that a mistake in a grid does not fill a disk. */
const MAX_RUNS = 10_000;

const commands = [...trainingNames, ...promptMethodNames] as const;

const list = z.array(z.unknown()).min(1);
const range = z
  .strictObject({
    low: z.number(),
    high: z.number(),
    scale: z.enum(["linear", "log"]).optional(),
    whole: z.boolean().optional(),
  })
  .refine(({ low, high }) => low < high, { error: "expected low below high" })
  .refine(({ low, scale }) => scale !== "log" || low > 0, {
    error: "expected low above 0 for the scale log",
  })
  .refine(({ scale, whole }) => whole !== true || scale !== "log", {
    error: "expected no scale log for whole numbers; list them instead",
  })
  .refine(
    ({ low, high, whole }) => whole !== true || (Number.isInteger(low) && Number.isInteger(high)),
    { error: "expected whole numbers as low and high" },
  );

const file = z.strictObject({
  train: z.enum(commands),
  settings: z.record(z.string(), z.unknown()).default({}),
  vary: z.record(z.string(), z.union([list, range])).default({}),
  search: z.enum(["grid", "random"]).default("grid"),
  draws: z.int().min(1).optional(),
  drawSeed: z.int().min(0).default(0),
  seeds: z.array(z.int().min(0)).min(1).default([0]),
});

/** Settings that a sweep decides itself, and what to write instead. */
const notHere: Readonly<Record<string, string>> = {
  seed: "seeds stand in the list `seeds` of the file",
  out: "every run has a folder in that of the sweep",
};

/**
 * The sweep that a YAML or JSON file describes, each of its runs checked as its command would.
 * @throws CONFIG_UNREADABLE, CONFIG_UNKNOWN_KEY, CONFIG_INVALID
 */
export async function readSweep(path: string): Promise<SweepRecord> {
  const config = await readConfigFile(path);
  const given = checkedFile(path, config);
  const { train, settings, seeds } = given;
  checkKeys(path, given);
  const combinations = combinationsOf(path, given);
  const runs = combinations.length * seeds.length;
  if (runs > MAX_RUNS) throw invalid(path, `${runs} runs are more than ${MAX_RUNS}.`);
  for (const combination of combinations)
    await checkSettings(path, train, { ...settings, ...combination });
  return { train, settings, combinations, seeds };
}

type SweepFile = z.output<typeof file>;

const invalid = (where: string, problem: string): HoneError =>
  new HoneError("CONFIG_INVALID", { where, problem });

function checkedFile(path: string, { values, positions }: ConfigFile): SweepFile {
  const known = Object.keys(file.shape);
  for (const [key, position] of positions)
    if (!known.includes(key))
      throw new HoneError("CONFIG_UNKNOWN_KEY", {
        ...{ where: path, key, known, ...position.key },
        ...nearestFact(key, known),
      });
  const result = file.safeParse(values);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const [key, ...inner] = issue!.path;
  const names: Readonly<Record<string, string>> = {
    train: `expected one of ${commands.join(", ")}`,
    vary: `${inner.join(".")}: expected a list of values, or for random search a range as {low: 1e-5, high: 1e-3, scale: log}`,
  };
  const said = issue!.code === "custom" ? `${inner.join(".")}: ${issue!.message}` : undefined;
  const problem = said ?? names[String(key)] ?? issue!.message.replace(/^Invalid input: /, "");
  const place = positions.get(String(key))?.value;
  throw new HoneError("CONFIG_INVALID", {
    where: path,
    problem: `${String(key)}: ${problem}.`,
    ...place,
  });
}

/** @throws CONFIG_UNKNOWN_KEY, CONFIG_INVALID for settings that the command does not have, or that are both fixed and varied */
function checkKeys(path: string, { train, settings, vary, seeds }: SweepFile): void {
  const table = settingsOfCommand(`train ${train}`);
  const known = Object.keys(table).filter(
    (key) => table[key]!.isUnused !== true && !(key in notHere),
  );
  for (const [part, keys] of Object.entries({ settings, vary })) {
    for (const key of Object.keys(keys)) {
      const instead = notHere[key];
      if (instead !== undefined) throw invalid(path, `${part}: ${key}: ${instead}.`);
      if (!known.includes(key))
        throw new HoneError("CONFIG_UNKNOWN_KEY", {
          ...{ where: `${path}, ${part}`, key, known },
          ...nearestFact(key, known),
        });
    }
  }
  const twice = Object.keys(vary).find((key) => key in settings);
  if (twice !== undefined)
    throw invalid(path, `${twice} stands in settings and in vary; leave one of the two out.`);
  if (new Set(seeds).size < seeds.length)
    throw invalid(path, "seeds: the same seed twice gives the same run twice.");
}

function combinationsOf(path: string, { search, vary, draws, drawSeed }: SweepFile): Combination[] {
  const lists: Record<string, readonly unknown[]> = {};
  for (const [key, values] of Object.entries(vary)) if (Array.isArray(values)) lists[key] = values;
  if (search === "grid") {
    if (draws !== undefined) throw invalid(path, "draws: they are of `search: random`.");
    const ranged = Object.keys(vary).find((key) => !(key in lists));
    if (ranged !== undefined)
      throw invalid(path, `vary: ${ranged}: a range is of \`search: random\`; list its values.`);
    return gridOf(lists);
  }
  if (draws === undefined)
    throw invalid(
      path,
      "draws: expected how many combinations `search: random` draws, as draws: 8.",
    );
  const found = drawn(vary, draws, drawSeed);
  if (found.length === draws) return found;
  throw invalid(path, `draws: there are only ${found.length} different combinations to draw.`);
}

/** @throws CONFIG_INVALID that names the combination's value */
async function checkSettings(
  path: string,
  train: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  try {
    await resolveSettings(settingsOfCommand(`train ${train}`), { flags: settings });
  } catch (error) {
    if (!isError(error, "CONFIG_INVALID")) throw error;
    const { where, problem } = error.facts;
    throw invalid(path, `${where}: ${problem}`);
  }
}
