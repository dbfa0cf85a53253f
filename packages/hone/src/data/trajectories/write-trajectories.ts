/** Trajectories as files of any form: lines, columns of a Parquet file, or a folder with a file for each. */
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { encodeName } from "../../formats/file-names.ts";
import { writeHeader } from "../../formats/format.ts";
import { trajectoryFormat, writeTrajectory } from "../../formats/trajectory-format.ts";
import { writeOutput } from "../../formats/whole-write.ts";
import { jsonLine, writeLines } from "../export-lines.ts";
import { csvLine } from "../tables/csv.ts";
import { writeParquet } from "../tables/parquet-write.ts";
import { parquetFacts } from "../tables/row-entries.ts";
import { formWriters } from "./form-rows.ts";
import { LeftOutTrajectories } from "./left-out.ts";
import { trajectoryForms, type TrajectoryTarget } from "./trajectory-forms.ts";
import { type TrajectoryPartName, trajectoryParts } from "./trajectory-parts.ts";

/** What was written. */
export interface WrittenTrajectories {
  /** How many trajectories were read. */
  readonly count: number;
  /** How many rows, or files of a folder, were written. */
  readonly rows: number;
  /** How many of them had a part that the form has no place for. */
  readonly dropped: Readonly<Partial<Record<TrajectoryPartName, number>>>;
}

/**
 * Writes the trajectories: `.jsonl` or `.jsonl.gz` is a file of lines, `.parquet` one of columns, `.csv` one of cells, each written whole or not at all; `.json`
 * holds one unified trajectory; of unified ones anything else is a folder with a file for each.
 * @param leftOut  is told of trajectories that the form cannot hold
 * @throws CONFIG_INVALID for a second trajectory of a `.json` file, and for a table of a form that is none; WRITE_FAILED, DISK_FULL; as
 *   `trajectories`
 */
export async function writeTrajectories(
  trajectories: AsyncIterable<UnifiedTrajectory>,
  target: TrajectoryTarget,
  out: string,
  leftOut: LeftOutTrajectories = new LeftOutTrajectories(),
): Promise<WrittenTrajectories> {
  const form = formWriters[target];
  const dropped: Partial<Record<TrajectoryPartName, number>> = {};
  let [count, rows] = [0, 0];
  const counted = async function* (): AsyncGenerator<UnifiedTrajectory, void> {
    for await (const one of trajectories) {
      count++;
      for (const name of trajectoryForms[target].lacks)
        if (trajectoryParts[name].has(one)) dropped[name] = (dropped[name] ?? 0) + 1;
      yield one;
    }
  };
  const written = async function* (): AsyncGenerator<object, void> {
    for await (const row of form.rows(counted(), leftOut)) {
      rows++;
      yield row;
    }
  };
  if (/\.parquet$/i.test(out)) await writeTable(target, written(), out);
  else if (/\.csv(\.gz)?$/i.test(out))
    await writeLines(out, csvLines(target, written(), out), () => undefined);
  else if (target !== "unified" || /\.jsonl(\.gz)?$/i.test(out))
    await writeLines(out, linesOf(target, written()), () => undefined);
  else {
    if (/\.json$/i.test(out))
      await writeOutput(out, writeTrajectory(await theOnly(counted(), out)));
    else await writeFolder(counted(), out);
    rows = count;
  }
  return { count, rows, dropped };
}

async function* linesOf(
  target: TrajectoryTarget,
  rows: AsyncIterable<object>,
): AsyncGenerator<string, void> {
  if (target === "unified") yield writeHeader(trajectoryFormat);
  for await (const row of rows) yield jsonLine(row);
}

async function writeTable(
  target: TrajectoryTarget,
  rows: AsyncIterable<object>,
  out: string,
): Promise<void> {
  const { columns } = formWriters[target];
  if (columns === undefined) throw noTable(target, out);
  const { name, version } = trajectoryFormat;
  const own = { [parquetFacts.format]: name, [parquetFacts.version]: String(version) };
  await writeParquet(out, { columns, rows, facts: target === "unified" ? own : {} });
}

/** A cell is a text as it is, a number, or the JSON of anything else. @throws CONFIG_INVALID for a form that is no table of cells */
async function* csvLines(
  target: TrajectoryTarget,
  rows: AsyncIterable<object>,
  out: string,
): AsyncGenerator<string, void> {
  const { columns, isCsv } = formWriters[target];
  if (columns === undefined || isCsv !== true) throw noTable(target, out);
  const names = Object.keys(columns);
  yield csvLine(names);
  for await (const row of rows) {
    const values = row as Readonly<Record<string, unknown>>;
    yield csvLine(names.map((name) => cellOf(values[name])));
  }
}

const cellOf = (value: unknown): string | number => {
  if (value === undefined) return "";
  return typeof value === "string" || typeof value === "number" ? value : JSON.stringify(value);
};

function noTable(target: TrajectoryTarget, out: string): HoneError {
  const problem = `the form ${target} is not written as such a table; name a .jsonl file.`;
  return new HoneError("CONFIG_INVALID", { where: out, problem });
}

async function writeFolder(
  trajectories: AsyncIterable<UnifiedTrajectory>,
  out: string,
): Promise<void> {
  const names = new Map<string, number>();
  for await (const one of trajectories) {
    const name = encodeName(one.id);
    const number = (names.get(name) ?? 0) + 1;
    names.set(name, number);
    // Of several trajectories of one id every one is kept.
    const file = number === 1 ? `${name}.json` : `${name}-${number}.json`;
    await writeOutput(join(out, file), writeTrajectory(one));
  }
}

/** @throws CONFIG_INVALID for a second one */
async function theOnly(
  trajectories: AsyncIterable<UnifiedTrajectory>,
  out: string,
): Promise<UnifiedTrajectory> {
  let only: UnifiedTrajectory | undefined;
  for await (const one of trajectories) {
    if (only !== undefined) {
      const problem =
        "a .json file holds one trajectory, and there are more; name a .jsonl file or a folder.";
      throw new HoneError("CONFIG_INVALID", { where: out, problem });
    }
    only = one;
  }
  if (only === undefined) throw new HoneError("DATA_EMPTY", { where: out, item: "trajectory" });
  return only;
}
