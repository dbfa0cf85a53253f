/** The table of commands on data files: a large file of conversations goes through each, in a process of its own. */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { childJson } from "../children.ts";
import { columns } from "../columns.ts";
import { type DataCommand, type DataFigures, type DataWork, dataWorks } from "./data-side.ts";
import { conversationLine } from "./made-conversations.ts";

/** The figures of one command. */
export interface DataRow extends DataFigures {
  readonly work: DataWork;
}

/** The largest resident memory that a command on a file of any size may take. */
const requiredMegabytes = 300;

export async function benchData(folder: string, megabytes: number): Promise<DataRow[]> {
  const file = join(folder, "conversations.jsonl");
  await writeConversations(file, megabytes * 2 ** 20);
  const script = fileURLToPath(new URL("data-side.ts", import.meta.url));
  const rows: DataRow[] = [];
  for (const work of dataWorks) {
    const out = await mkdtemp(join(folder, "data-"));
    const command: DataCommand = { work, file, out };
    rows.push({ work, ...(await childJson<DataFigures>(script, command)) });
    await rm(out, { recursive: true, force: true });
  }
  await rm(file);
  return rows;
}

/** Lines until there are so many bytes. */
async function writeConversations(file: string, bytes: number): Promise<void> {
  const lines = function* (): Generator<string, void> {
    let piece = "";
    for (let [i, written] = [0, 0]; written < bytes; i++) {
      const line = conversationLine(i);
      written += Buffer.byteLength(line);
      piece += line;
      if (piece.length < 1 << 20) continue;
      yield piece;
      piece = "";
    }
    yield piece;
  };
  await pipeline(Readable.from(lines()), createWriteStream(file));
}

export function dataTable(rows: readonly DataRow[], megabytes: number): string {
  return columns([
    [`${megabytes} MiB of JSONL`, "trajectories", "seconds", "MiB/s", "peak memory", "required"],
    ...rows.map(({ work, trajectories, seconds, peakMegabytes }) => [
      work,
      String(trajectories),
      seconds.toFixed(1),
      (megabytes / seconds).toFixed(1),
      `${peakMegabytes.toFixed(0)} MiB`,
      `${peakMegabytes < requiredMegabytes ? "✓" : "✗"} < ${requiredMegabytes} MiB`,
    ]),
  ]);
}
