/** The table of the stores: what each writes, finds and streams out, filled with the same traces. */
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgres } from "../../packages/hone/src/store/fixtures/postgres-fixture.ts";
import { childJson } from "../children.ts";
import { columns } from "../columns.ts";
import type { StoreCommand, StoreFigures } from "./store-side.ts";
import { spansPerTrace } from "./zipf-traces.ts";

export const storeKinds = ["memory", "files", "sqlite", "postgres"] as const;
export type StoreKind = (typeof storeKinds)[number];

/** A store that could not be measured says why. */
export type StoreResult = StoreFigures | { readonly error: string };

interface Line {
  readonly title: string;
  readonly of: keyof StoreFigures;
  readonly unit: "ms" | "/s" | "MB";
  readonly wanted?: string;
}

const lines: readonly Line[] = [
  { title: "spans written, new traces", of: "spansWritten", unit: "/s", wanted: "12,000 (sqlite)" },
  { title: "spans written, 100 traces that grow", of: "growingSpansWritten", unit: "/s" },
  {
    title: "a word is found after its write",
    of: "searchableAfterMs",
    unit: "ms",
    wanted: "2,000 ms (sqlite)",
  },
  { title: "page of 50, newest", of: "newestMs", unit: "ms" },
  { title: "page of 50, filtered", of: "filteredMs", unit: "ms" },
  {
    title: "page of 50, the slowest of 8 filters",
    of: "slowestFilterMs",
    unit: "ms",
    wanted: "20 ms (sqlite)",
  },
  { title: "page of 50, the slowest of 3 orders", of: "orderedMs", unit: "ms" },
  { title: "page of 50 with a rare word", of: "rareWordMs", unit: "ms" },
  { title: "page of 50 with a common word", of: "commonWordMs", unit: "ms" },
  { title: "whole traces read by id", of: "tracesRead", unit: "/s" },
  { title: "spans streamed out", of: "spansStreamed", unit: "/s" },
  { title: "memory while streaming, above the open store", of: "streamingMb", unit: "MB" },
];

/** Fills, asks and streams one store after another, each in processes of its own. */
export async function benchStores(
  kinds: readonly StoreKind[],
  traces: number,
  folder: string,
): Promise<Partial<Record<StoreKind, StoreResult>>> {
  const results: Partial<Record<StoreKind, StoreResult>> = {};
  for (const kind of kinds) {
    try {
      results[kind] = await measureStore(kind, traces, folder);
    } catch (error) {
      results[kind] = { error: error instanceof Error ? error.message : String(error) };
    }
  }
  return results;
}

async function measureStore(
  kind: StoreKind,
  traces: number,
  folder: string,
): Promise<StoreFigures> {
  switch (kind) {
    case "memory":
      return side({ url: "memory:", traces, phases: ["fill", "ask", "stream"] });
    case "files":
      return twice(`files:${join(folder, "files")}`, traces);
    case "sqlite":
      return twice(`sqlite:${join(folder, "hone.db")}`, traces);
    case "postgres": {
      // The server runs as another user where we are root, and has its folder in ours.
      await chmod(folder, 0o711);
      const server = await startPostgres();
      try {
        return await twice(await server.freshUrl(), traces);
      } finally {
        await server.stop();
      }
    }
  }
}

/** Streaming has a process apart, so that its memory is its own. */
const twice = async (url: string, traces: number): Promise<StoreFigures> => ({
  ...(await side({ url, traces, phases: ["fill", "ask"] })),
  ...(await side({ url, traces, phases: ["stream"] })),
});

const side = (command: StoreCommand): Promise<StoreFigures> =>
  childJson<StoreFigures>(fileURLToPath(new URL("store-side.ts", import.meta.url)), command);

export function storesTable(
  results: Partial<Record<StoreKind, StoreResult>>,
  traces: number,
): string {
  const kinds = storeKinds.filter((kind) => results[kind] !== undefined);
  const count = traces.toLocaleString("en-US");
  const head = [`${count} traces of ${spansPerTrace} spans of 1.8 KB`, ...kinds, "wanted"];
  const body = lines.map(({ title, of, unit, wanted = "" }) => [
    title,
    ...kinds.map((kind) => cell(results[kind]!, of, unit)),
    wanted,
  ]);
  const failures = kinds.flatMap((kind) => {
    const result = results[kind]!;
    return "error" in result ? [`${kind}: ${result.error}`] : [];
  });
  return [columns([head, ...body]), ...failures].join("\n");
}

function cell(result: StoreResult, of: keyof StoreFigures, unit: Line["unit"]): string {
  if ("error" in result) return "failed";
  const value = result[of];
  if (value === undefined) return "";
  const digits = unit === "ms" && value < 10 ? 2 : 0;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${value.toLocaleString("en-US", options)} ${unit}`.replace(" /s", "/s");
}
