/** `hone dataset sft` and `hone dataset preference`: sets to learn from, made of trajectories. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { fileReason } from "../../core/file-reason.ts";
import { addToList } from "../../core/lists-by-key.ts";
import type { OnProgress } from "../../core/progress.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { dataEntries } from "../../data/data-entries.ts";
import { pairsOfTask, type RewardedTry, tryOf } from "../../data/sets/preference-rows.ts";
import { SetFiles } from "../../data/sets/set-files.ts";
import {
  defaultTemplates,
  exampleOf,
  readTemplates,
  type SftExample,
  type SftTemplates,
} from "../../data/sets/sft-templates.ts";
import {
  type SetSplit,
  setSplits,
  type SplitShares,
  splitTasks,
} from "../../data/sets/task-splits.ts";
import {
  type ParquetColumns,
  plainMessageColumn,
  trlMessageColumn,
} from "../../data/tables/parquet-columns.ts";
import { writeParquet } from "../../data/tables/parquet-write.ts";
import { writeFolderWhole } from "../../formats/whole-write.ts";
import { cardText } from "./set-card.ts";
import {
  readTasksOfSets,
  ReadingOfSets,
  type SetReading,
  type WeighedTrajectory,
} from "./reading-of-sets.ts";
import { SetFigures, type SetNumbers } from "./set-figures.ts";
import type { SetWeightRule } from "./set-weight-rules.ts";
import { openMeasure } from "./text-measure.ts";
import type { TrajectorySource } from "./trajectory-sources.ts";

/** What both kinds of sets have in common. */
export interface SetOptions extends TrajectorySource, SplitShares {
  /** The folder of the sets. */
  readonly out: string;
  /** Puts the new folder in the place of one that holds files. */
  readonly replace: boolean;
  /** Leaves out trajectories of a smaller reward, and those without one. */
  readonly minReward?: number | undefined;
  /** A folder, a run or an id: its tokenizer counts lengths for the cards. Default: lengths in characters. */
  readonly model?: string | undefined;
  /** Writes each file as Parquet, too. */
  readonly parquet?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** A set of the report. */
export interface MadeSet {
  /** The tool; "" for the set of preferences. */
  readonly name: string;
  readonly rows: Readonly<Record<SetSplit, number>>;
  readonly numbers: SetNumbers;
}

/** What came of it. */
export interface SetReport {
  readonly trajectories: number;
  /** Those of trajectories that are not of evaluations. */
  readonly tasks: Readonly<Record<SetSplit, number>>;
  readonly sets: readonly MadeSet[];
  /** What gave no row, by its reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly out: string;
}

/** What sets of steps have beside. */
export interface SftSetOptions extends SetOptions {
  /** A file of templates. Default: `defaultTemplates`. */
  readonly templates?: string | undefined;
  /** The steps of this tool alone. */
  readonly tool?: string | undefined;
  /** Gives each row the weight of its trajectory, by this rule of `rewardWeights`. Default: rows have none. */
  readonly weights?: SetWeightRule | undefined;
}

/**
 * A set for each tool: `<out>/<tool>/train.jsonl`, `validation.jsonl`, `test.jsonl` in TRL's form of prompt and completion, which
 * `hone train sft --data` reads, with the trajectory's reward where it has one.
 * @throws TEMPLATES_UNREADABLE, CONFIG_INVALID, CONFIG_UNKNOWN_KEY for the templates; SETS_EMPTY; SETS_FOLDER_EXISTS; OPTION_INVALID
 *   where no reward gives a weight; as `openMeasure` and `trajectoriesOf`
 */
export async function makeSftSets(options: SftSetOptions): Promise<SetReport> {
  const templates = await templatesOf(options.templates);
  return makeSets({ ...options, columns: sftColumns }, async (set) => {
    for await (const { one, weight } of set.trajectories())
      for (const step of one.steps) {
        if (options.tool !== undefined && step.tool !== options.tool) continue;
        const example = exampleOf(one, step, templates);
        if (typeof example === "string") set.leaveOut(`${example} (${step.tool})`);
        else await set.add(step.tool, one.task.id, rowOf(example, one, weight));
      }
  });
}

/** The set of pairs of trajectories of one task: `<out>/train.jsonl` and so on, in TRL's form of preferences. @throws as `makeSftSets` */
export function makePreferenceSet(
  options: SetOptions & { readonly minMargin: number },
): Promise<SetReport> {
  return makeSets({ ...options, columns: pairColumns }, async (set) => {
    // Pairs need all tries at a task at once.
    const byTask = new Map<string, RewardedTry[]>();
    for await (const { one } of set.trajectories()) {
      const given = tryOf(one);
      if (typeof given === "string") set.leaveOut(given);
      else addToList(byTask, one.task.id, given);
    }
    for (const [id, tries] of byTask) {
      const { rows, none } = pairsOfTask(tries, options.minMargin);
      for (const reason of none) set.leaveOut(reason);
      for (const { row, rewards } of rows) await set.add("", id, row, rewards);
    }
  });
}

const sftColumns: ParquetColumns = {
  ...{ prompt: plainMessageColumn, completion: plainMessageColumn },
  ...{ reward: "number", weight: "number" },
};

const pairColumns: ParquetColumns = {
  ...{ prompt: trlMessageColumn, chosen: trlMessageColumn, rejected: trlMessageColumn },
  tools: "json",
};

/** What a set is made with. */
interface OpenSets {
  /** Those of reward enough, read anew, with their weights where there are any. */
  readonly trajectories: () => AsyncGenerator<WeighedTrajectory, void>;
  /** @param rewards  what was earned beside the row's own reward */
  readonly add: (
    set: string,
    taskId: string,
    row: object,
    rewards?: Readonly<Record<string, number>>,
  ) => Promise<void>;
  readonly leaveOut: (reason: string) => void;
}

interface MakeSetsOptions extends SetOptions, SetReading {
  readonly minMargin?: number;
  readonly columns: ParquetColumns;
}

async function makeSets(
  options: MakeSetsOptions,
  fill: (sets: OpenSets) => Promise<void>,
): Promise<SetReport> {
  const { out, replace, validation, test, parquet = false } = options;
  if (validation + test >= 1) {
    const problem = `with --test ${test} it leaves nothing to learn; together they are below 1.`;
    throw new HoneError("CONFIG_INVALID", { where: `--validation ${validation}`, problem });
  }
  const measure = await openMeasure(options.model, options);
  const seen = await readTasksOfSets(options);
  const splits = splitTasks(seen.ids, options);
  const reading = new ReadingOfSets(options, seen.weights);
  let sets: readonly MadeSet[] = [];
  const reportOf = (): SetReport => ({
    ...{ trajectories: reading.count, tasks: countsOf([...splits.values()]), sets, out },
    leftOut: reading.leftOut,
  });
  await writeFolderWhole(
    out,
    async (folder) => {
      const files = new SetFiles(folder);
      const figures = new Map<string, SetFigures>();
      try {
        await fill({
          trajectories: () => reading.trajectories(),
          leaveOut: (reason) => reading.leaveOut(reason),
          add: async (set, taskId, row, rewards) => {
            const own = figures.get(set) ?? new SetFigures(measure);
            figures.set(set, own);
            own.add(row, rewards);
            await files.add(set, splits.get(taskId) ?? "train", row);
          },
        });
      } finally {
        await files.end();
      }
      sets = [...files.counts].map(([name, of]) => ({
        name,
        rows: Object.fromEntries(
          setSplits.map((split) => [split, of.get(split) ?? 0]),
        ) as MadeSet["rows"],
        numbers: figures.get(name)!.numbers,
      }));
      if (sets.length === 0) throw nothing(options, reportOf(), seen.tools);
      if (parquet) await writeTables(files.paths, options.columns);
      for (const set of sets) {
        const { sources, seed, minReward, weights } = options;
        const { tasks, leftOut } = reportOf();
        const card = cardText({ ...set, sources, seed, minReward, weights, tasks, leftOut });
        await writeFile(join(files.folderOf(set.name), "README.md"), card);
      }
    },
    { replace, occupied: () => new HoneError("SETS_FOLDER_EXISTS", { folder: out }) },
  );
  return reportOf();
}

/** A Parquet file beside each file of lines. */
async function writeTables(paths: readonly string[], columns: ParquetColumns): Promise<void> {
  for (const path of paths)
    await writeParquet(path.replace(/\.jsonl$/, ".parquet"), { columns, rows: rowsOf(path) });
}

async function* rowsOf(path: string): AsyncGenerator<object, void> {
  for await (const { text } of dataEntries({ file: path, holds: "conversations" }))
    yield JSON.parse(text) as object;
}

function nothing(
  options: MakeSetsOptions,
  { leftOut }: SetReport,
  tools: readonly string[],
): HoneError {
  const reasons = Object.entries(leftOut).map(([reason, n]) => `${n}: ${reason}`);
  const isPairs = options.minMargin !== undefined;
  return new HoneError("SETS_EMPTY", {
    sources: options.sources,
    reasons,
    tools: isPairs ? [] : tools,
  });
}

function countsOf(splits: readonly SetSplit[]): SetReport["tasks"] {
  const of = (split: SetSplit): number => splits.filter((one) => one === split).length;
  return { train: of("train"), validation: of("validation"), test: of("test") };
}

async function templatesOf(file: string | undefined): Promise<SftTemplates> {
  if (file === undefined) return defaultTemplates;
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new HoneError("TEMPLATES_UNREADABLE", { file, reason: fileReason(cause) }, { cause });
  });
  return readTemplates(text, file);
}

const rowOf = (
  { system, prompt, completion }: SftExample,
  { reward }: UnifiedTrajectory,
  weight: number | undefined,
): object => ({
  prompt: [
    ...(system === undefined ? [] : [{ role: "system", content: system }]),
    { role: "user", content: prompt },
  ],
  completion: [{ role: "assistant", content: completion }],
  ...(reward !== undefined && { reward }),
  ...(weight !== undefined && { weight }),
});
