/** The table of collecting: what recording adds to a call of an agent, whatever the store does. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childJson } from "../children.ts";
import { columns } from "../columns.ts";
import type { CollectingCommand, CollectingFigures } from "./collecting-side.ts";
import type { SubjectName } from "./subjects.ts";

export interface CollectingRow {
  readonly subject: string;
  readonly store: string;
  readonly figures: CollectingFigures;
}

const titles: Readonly<Record<SubjectName, string>> = {
  withTraces: "withTraces, 3 spans",
  fetch: "a fetch of the preload, 1 span",
  "ai-sdk": "AI SDK 7 by the preload, 2 calls, 1 tool",
};

type Store = readonly [title: string, url: CollectingCommand["url"]];

const healthy = (folder: string): Store => [
  "healthy: sqlite",
  `sqlite:${join(folder, "collecting.db")}`,
];

/** Whatever the store does, for one way of recording; the other ways, with a healthy store. */
const cases = (folder: string): readonly (readonly [SubjectName, Store])[] => [
  ["withTraces", ["none: the noise", undefined]],
  ["withTraces", healthy(folder)],
  ["withTraces", ["healthy: files", `files:${join(folder, "collecting")}`]],
  ["withTraces", ["slow: 1 s a batch, buffer full", "slow:"]],
  ["withTraces", ["full: every batch refused", "full:"]],
  ["withTraces", ["dead: nothing listens", "postgres://nobody@127.0.0.1:1/none"]],
  ["fetch", healthy(folder)],
  ["ai-sdk", healthy(folder)],
];

export async function benchCollecting(folder: string): Promise<CollectingRow[]> {
  const rows: CollectingRow[] = [];
  const script = fileURLToPath(new URL("collecting-side.ts", import.meta.url));
  for (const [subject, [store, url]] of cases(folder)) {
    const command: CollectingCommand = { subject, url };
    const figures = await childJson<CollectingFigures>(script, command);
    rows.push({ subject: titles[subject], store, figures });
  }
  return rows;
}

export function collectingTable(rows: readonly CollectingRow[]): string {
  const head = [
    "a recorded call",
    "store",
    "alone",
    "added",
    "1 % of calls from",
    "longest gap",
    "written",
    "dropped",
  ];
  const body = rows.map(({ subject, store, figures }) => [
    subject,
    store,
    `${figures.plain.toFixed(0)} µs`,
    `${figures.added.toFixed(0)} µs`,
    // The limit is 50 µs or 1 % of a call, whichever is more.
    figures.added <= 50 ? "any (≤ 50 µs)" : `${(figures.added / 10).toFixed(1)} ms`,
    `${figures.longestGapMs.toFixed(1)} ms`,
    String(figures.written),
    String(figures.dropped),
  ]);
  return columns([head, ...body]);
}
