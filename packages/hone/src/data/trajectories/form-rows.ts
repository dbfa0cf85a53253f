/** How each form of trajectory-forms.ts is written: the rows of trajectories, and the columns that they have in a Parquet file. */
import { addToList } from "../../core/lists-by-key.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { writeTrace } from "../../formats/trace-format.ts";
import { pairsOfTask, type RewardedTry, tryOf } from "../sets/preference-rows.ts";
import {
  chatMessageColumn,
  type ParquetColumns,
  trlMessageColumn,
} from "../tables/parquet-columns.ts";
import { artTrajectory } from "./forms/art.ts";
import { alpacaRow, chatRow, promptCompletionRow, shareGptRow } from "./forms/chat-rows.ts";
import { lightningSpans } from "./forms/lightning-write.ts";
import type { LeftOutTrajectories, NotInForm } from "./left-out.ts";
import { traceOfTrajectory } from "../../core/trace-of-trajectory.ts";
import { trajectoryColumns } from "./trajectory-columns.ts";
import type { TrajectoryTarget } from "./trajectory-forms.ts";

/** How a form is written. */
export interface FormWriter {
  /** The rows of trajectories; those that the form cannot hold are left out. */
  readonly rows: (
    trajectories: AsyncIterable<UnifiedTrajectory>,
    leftOut: LeftOutTrajectories,
  ) => AsyncIterable<object>;
  /** As columns of a Parquet file. Absent: the form is written as lines only. */
  readonly columns?: ParquetColumns;
  /** Whether it is written as CSV, too: its readers take JSON in cells. */
  readonly isCsv?: true;
}

const ofChats: ParquetColumns = { tools: "json", reward: "number" };

/** The writers of all forms. */
export const formWriters: Readonly<Record<TrajectoryTarget, FormWriter>> = {
  unified: { rows: (trajectories) => trajectories, columns: trajectoryColumns },
  chat: { rows: each(chatRow), columns: { messages: chatMessageColumn, ...ofChats }, isCsv: true },
  "prompt-completion": {
    rows: each(promptCompletionRow),
    columns: { prompt: trlMessageColumn, completion: trlMessageColumn, ...ofChats },
    isCsv: true,
  },
  preference: {
    rows: pairs,
    columns: {
      ...{ prompt: trlMessageColumn, chosen: trlMessageColumn, rejected: trlMessageColumn },
      tools: "json",
    },
    isCsv: true,
  },
  sharegpt: { rows: each(shareGptRow) },
  alpaca: {
    rows: each(alpacaRow),
    columns: {
      ...{ system: "text", instruction: "text", input: "text", output: "text" },
      ...{ history: { list: { list: "text" } }, reward: "number" },
    },
    isCsv: true,
  },
  art: { rows: artGroups },
  "agent-lightning": { rows: each(lightningSpans) },
  traces: { rows: each((one) => writeTrace(traceOfTrajectory(one))) },
};

const placeOf = ({ id, provenance }: UnifiedTrajectory): string => provenance.place ?? id;

/** A form with one row, or several, for each trajectory. */
function each(
  rowOf: (one: UnifiedTrajectory) => object | readonly object[] | NotInForm,
): FormWriter["rows"] {
  return async function* (trajectories, leftOut) {
    for await (const one of trajectories) {
      const row = rowOf(one);
      if (typeof row === "string") leftOut.add(row, placeOf(one));
      else if (Array.isArray(row)) yield* row as readonly object[];
      else yield row;
    }
  };
}

/** A line for each task: all tries are held until the last is read. */
async function* artGroups(
  trajectories: AsyncIterable<UnifiedTrajectory>,
  leftOut: LeftOutTrajectories,
): AsyncGenerator<object, void> {
  const groups = new Map<string, object[]>();
  for await (const one of trajectories) {
    const row = artTrajectory(one);
    if (typeof row === "string") leftOut.add(row, placeOf(one));
    else addToList(groups, one.task.id, row);
  }
  for (const group of groups.values()) yield { trajectories: group };
}

/** The least difference of two rewards that makes a pair. */
const leastMargin = 1e-9;

async function* pairs(
  trajectories: AsyncIterable<UnifiedTrajectory>,
  leftOut: LeftOutTrajectories,
): AsyncGenerator<object, void> {
  const tasks = new Map<string, RewardedTry[]>();
  for await (const one of trajectories) {
    const given = tryOf(one);
    if (typeof given === "string") leftOut.add(given, placeOf(one));
    else addToList(tasks, one.task.id, given);
  }
  for (const [id, tries] of tasks) {
    const { rows, none } = pairsOfTask(tries, leastMargin);
    for (const reason of none) leftOut.add(reason, `task ${id}`);
    yield* rows.map(({ row }) => row);
  }
}
