/**
 * `metadata/trace_index.json`: the summary of every trace in a tree of files, so that lists need not open the files.
 *
 * A row is valid while its file and the log beside it have the sizes and the time that the row names. The whole index can be made again from the files.
 */
import { z } from "zod";
import { traceStatuses } from "../core/trace.ts";
import { compareText } from "../core/text-order.ts";
import { defineFormat } from "./format.ts";

const summary = z.strictObject({
  id: z.string(),
  agent: z.string(),
  agentVersion: z.string().optional(),
  task: z.string(),
  taskId: z.string().optional(),
  attempt: z.int(),
  status: z.enum(traceStatuses),
  startedAt: z.number(),
  endedAt: z.number().optional(),
  session: z.string().optional(),
  user: z.string().optional(),
  tags: z.array(z.string()),
  reward: z.number().optional(),
  spanCount: z.int(),
  errorCount: z.int(),
  tokens: z.strictObject({ input: z.number(), output: z.number() }),
});

const row = z.strictObject({
  /** Size of the file in bytes, and the time of its last change in Unix milliseconds. */
  size: z.number(),
  modified: z.number(),
  /** Size of the log of changes beside the file, in bytes, when the summary was made. Absent where there is none. */
  log: z.number().optional(),
  summary,
});

/** Path of a file below the root → its row. */
const index = z.strictObject({ files: z.record(z.string(), row) });
export type IndexRow = z.infer<typeof row>;
export const indexFormat = defineFormat("hone.trace-index", 4, index);

/** The text of the index file: one row a line, in the order of the paths. */
export function writeIndex(rows: Iterable<readonly [path: string, row: IndexRow]>): string {
  const lines = [...rows]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([path, content]) => `${JSON.stringify(path)}:${JSON.stringify(content)}`);
  const { name, version } = indexFormat;
  return `{"format":${JSON.stringify(name)},"version":${version},"files":{\n${lines.join(",\n")}\n}}\n`;
}
