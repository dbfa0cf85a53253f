/** `hone dataset sft` and `hone dataset preference`: sets to learn from, made of trajectories. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { fileReason } from "../../core/file-reason.ts";
import type { OnProgress } from "../../core/progress.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { pairsOfTask, type RewardedTry, tryOf } from "../../data/sets/preference-rows.ts";
import { SetFiles } from "../../data/sets/set-files.ts";
import {
  defaultTemplates,
  exampleOf,
  readTemplates,
  type SftTemplates,
} from "../../data/sets/sft-templates.ts";
import {
  type SetSplit,
  setSplits,
  type SplitShares,
  splitTasks,
} from "../../data/sets/task-splits.ts";
import { LeftOutTrajectories } from "../../data/trajectories/left-out.ts";
import { writeFolderWhole } from "../../formats/whole-write.ts";
import { type TrajectorySource, trajectoriesOf } from "./trajectory-sources.ts";

/** What both kinds of sets have in common. */
export interface SetOptions extends TrajectorySource, SplitShares {
  /** The folder of the sets. */
  readonly out: string;
  /** Puts the new folder in the place of one that holds files. */
  readonly replace: boolean;
  /** Leaves out trajectories of a smaller reward, and those without one. */
  readonly minReward?: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** A set of the report. */
export interface MadeSet {
  /** The tool; "" for the set of preferences. */
  readonly name: string;
  readonly rows: Readonly<Record<SetSplit, number>>;
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

/**
 * A set for each tool: `<out>/<tool>/train.jsonl`, `validation.jsonl`, `test.jsonl` in TRL's form of prompt and completion, which
 * `hone train sft --data` reads, with the trajectory's reward where it has one.
 * @throws TEMPLATES_UNREADABLE, CONFIG_INVALID, CONFIG_UNKNOWN_KEY for the templates; SETS_EMPTY; SETS_FOLDER_EXISTS; as `trajectoriesOf`
 */
export async function makeSftSets(
  options: SetOptions & {
    readonly templates?: string | undefined;
    readonly tool?: string | undefined;
  },
): Promise<SetReport> {
  const templates = await templatesOf(options.templates);
  return makeSets(options, async (set) => {
    for await (const one of set.trajectories())
      for (const step of one.steps) {
        if (options.tool !== undefined && step.tool !== options.tool) continue;
        const example = exampleOf(one, step, templates);
        if (typeof example === "string") set.leaveOut(`${example} (${step.tool})`);
        else await set.files.add(step.tool, set.splitOf(one.task.id), rowOf(example, one));
      }
  });
}

/** The set of pairs of trajectories of one task: `<out>/train.jsonl` and so on, in TRL's form of preferences. @throws as `makeSftSets` */
export function makePreferenceSet(
  options: SetOptions & { readonly minMargin: number },
): Promise<SetReport> {
  return makeSets(options, async (set) => {
    // Pairs need all tries at a task at once.
    const byTask = new Map<string, RewardedTry[]>();
    for await (const one of set.trajectories()) {
      const given = tryOf(one);
      if (typeof given === "string") set.leaveOut(given);
      else byTask.set(one.task.id, [...(byTask.get(one.task.id) ?? []), given]);
    }
    for (const [id, tries] of byTask) {
      const { rows, none } = pairsOfTask(tries, options.minMargin);
      for (const reason of none) set.leaveOut(reason);
      for (const row of rows) await set.files.add("", set.splitOf(id), row);
    }
  });
}

/** What a set is made with. */
interface OpenSets {
  readonly files: SetFiles;
  /** Those of reward enough, read anew. */
  readonly trajectories: () => AsyncGenerator<UnifiedTrajectory, void>;
  /** @param id  of a task */
  readonly splitOf: (id: string) => SetSplit;
  readonly leaveOut: (reason: string) => void;
}

async function makeSets(
  options: SetOptions,
  fill: (sets: OpenSets) => Promise<void>,
): Promise<SetReport> {
  const { out, replace, minReward = -Infinity, validation, test, signal, onProgress } = options;
  if (validation + test >= 1) {
    const problem = `with --test ${test} it leaves nothing to learn; together they are below 1.`;
    throw new HoneError("CONFIG_INVALID", { where: `--validation ${validation}`, problem });
  }
  const leftOut = new Map<string, number>();
  const leaveOut = (reason: string): void =>
    void leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
  const ids = new Set<string>();
  const checkSignal = (): void => {
    if (signal.aborted) throw new HoneError("CANCELLED", { what: "The making of sets" });
  };
  const tools = new Set<string>();
  for await (const { task, split, steps } of trajectoriesOf(options, new LeftOutTrajectories())) {
    checkSignal();
    for (const { tool } of steps) tools.add(tool);
    if (split !== "test") ids.add(task.id);
    onProgress({ what: `found ${ids.size} tasks` });
  }
  const splits = splitTasks(ids, options);
  let count = 0;
  const conversations = new LeftOutTrajectories();
  const trajectories = async function* (): AsyncGenerator<UnifiedTrajectory, void> {
    for await (const one of trajectoriesOf(options, conversations)) {
      checkSignal();
      onProgress({ what: `read ${++count} trajectories` });
      if (one.split === "test") leaveOut("of evaluations");
      else if ((one.reward ?? -Infinity) >= minReward) yield one;
      else leaveOut(one.reward === undefined ? "no reward" : `a reward below ${minReward}`);
    }
  };
  let sets: readonly MadeSet[] = [];
  const splitOf = (id: string): SetSplit => splits.get(id) ?? "train";
  const reportOf = (): SetReport => ({
    ...{ trajectories: count, tasks: countsOf([...splits.values()]), sets, out },
    leftOut: {
      ...Object.fromEntries(leftOut),
      ...Object.fromEntries(conversations.reasons.map(({ reason, count: n }) => [reason, n])),
    },
  });
  await writeFolderWhole(
    out,
    async (folder) => {
      const files = new SetFiles(folder);
      try {
        await fill({ files, trajectories, splitOf, leaveOut });
      } finally {
        await files.end();
      }
      sets = [...files.counts].map(([name, of]) => ({
        name,
        rows: Object.fromEntries(
          setSplits.map((split) => [split, of.get(split) ?? 0]),
        ) as MadeSet["rows"],
      }));
      if (sets.length === 0) throw nothing(options, reportOf(), [...tools]);
      for (const set of sets)
        await writeFile(
          join(files.folderOf(set.name), "README.md"),
          cardOf(set, options, reportOf()),
        );
    },
    { replace, occupied: () => new HoneError("SETS_FOLDER_EXISTS", { folder: out }) },
  );
  return reportOf();
}

function nothing(
  options: SetOptions & { readonly minMargin?: number },
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
  {
    system,
    prompt,
    completion,
  }: { readonly system?: string; readonly prompt: string; readonly completion: string },
  { reward }: UnifiedTrajectory,
): object => ({
  prompt: [
    ...(system === undefined ? [] : [{ role: "system", content: system }]),
    { role: "user", content: prompt },
  ],
  completion: [{ role: "assistant", content: completion }],
  ...(reward !== undefined && { reward }),
});

/** The card of a set: what it is made of, how much there is, what is not in it. */
function cardOf(
  { name, rows }: MadeSet,
  { sources, seed, minReward }: SetOptions,
  { tasks, leftOut }: SetReport,
): string {
  const table = setSplits.map((split) => `| ${split} | ${rows[split]} | ${tasks[split]} |`);
  const left = Object.entries(leftOut).map(([reason, count]) => `- ${count}: ${reason}`);
  return [
    `# ${name === "" ? "Preferences" : `Steps of ${name}`}`,
    "",
    `Made by hone of ${sources.join(", ")}. No task is in two splits (seed ${seed}).${minReward === undefined ? "" : ` Rewards of ${minReward} or more.`}`,
    "",
    "| split | rows | tasks of all sets |",
    "| --- | --- | --- |",
    ...table,
    "",
    left.length === 0 ? "Nothing was left out." : "Left out, of all sets:",
    ...(left.length === 0 ? [] : ["", ...left]),
    "",
  ].join("\n");
}
