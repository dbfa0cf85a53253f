/** The table of collecting: what recording adds to a call of an agent, whatever the store does. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childJson } from "../children.ts";
import { columns } from "../columns.ts";
import type { CollectingCommand, CollectingFigures } from "./collecting-side.ts";

export interface CollectingRow {
  readonly store: string;
  readonly figures: CollectingFigures;
}

const stores = (folder: string): readonly (readonly [string, CollectingCommand["url"]])[] => [
  ["none: the noise", undefined],
  ["healthy: sqlite", `sqlite:${join(folder, "collecting.db")}`],
  ["healthy: files", `files:${join(folder, "collecting")}`],
  ["slow: 1 s a batch, buffer full", "slow:"],
  ["full: every batch refused", "full:"],
  ["dead: nothing listens", "postgres://nobody@127.0.0.1:1/none"],
];

export async function benchCollecting(folder: string): Promise<CollectingRow[]> {
  const rows: CollectingRow[] = [];
  const script = fileURLToPath(new URL("collecting-side.ts", import.meta.url));
  for (const [store, url] of stores(folder)) {
    const command: CollectingCommand = { url };
    rows.push({ store, figures: await childJson<CollectingFigures>(script, command) });
  }
  return rows;
}

export function collectingTable(rows: readonly CollectingRow[]): string {
  const head = [
    "a recorded call, 3 spans, by store",
    "added",
    "1 % of calls from",
    "longest gap",
    "written",
    "dropped",
  ];
  const body = rows.map(({ store, figures }) => [
    store,
    `${figures.added.toFixed(0)} µs`,
    // The limit is 50 µs or 1 % of a call, whichever is more.
    figures.added <= 50 ? "any (≤ 50 µs)" : `${(figures.added / 10).toFixed(1)} ms`,
    `${figures.longestGapMs.toFixed(1)} ms`,
    String(figures.written),
    String(figures.dropped),
  ]);
  return columns([head, ...body]);
}
