/**
 * `metadata/trace_index.json`: what is known of every trace of a tree without opening its file.
 *
 * It only saves reading: a row counts while the file has the size and time it names, and all of it can be made again.
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
  tags: z.array(z.string()),
  reward: z.number().optional(),
  spanCount: z.int(),
  errorCount: z.int(),
  tokens: z.strictObject({ input: z.number(), output: z.number() }),
});

const row = z.strictObject({
  /** Bytes of the file and when it was written, Unix milliseconds. */
  size: z.number(),
  modified: z.number(),
  summary,
});

/** Path of the file below the root → what it holds. */
const index = z.strictObject({ files: z.record(z.string(), row) });
export type IndexRow = z.infer<typeof row>;
export const indexFormat = defineFormat("hone.trace-index", 1, index);

/** The index file: one line a row, in the order of the paths. */
export function writeIndex(rows: Iterable<readonly [path: string, row: IndexRow]>): string {
  const lines = [...rows]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([path, content]) => `${JSON.stringify(path)}:${JSON.stringify(content)}`);
  const { name, version } = indexFormat;
  return `{"format":${JSON.stringify(name)},"version":${version},"files":{\n${lines.join(",\n")}\n}}\n`;
}
