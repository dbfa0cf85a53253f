/** The table of kept rollouts: what a step of GRPO costs with its rollouts in a store and without. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childJson, runChild } from "../children.ts";
import { columns } from "../columns.ts";
import { median } from "../median.ts";
import { smallGrouped } from "../works.ts";
import type { RolloutsCommand, RolloutsFigures, StepSeconds } from "./rollouts-side.ts";

export interface RolloutsRow {
  readonly store: string;
  readonly figures: RolloutsFigures;
}

export async function benchRollouts(folder: string, threads: number): Promise<RolloutsRow[]> {
  const model = join(folder, "rollouts-model");
  const ours = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  await runChild(process.execPath, [
    ...[ours("../ours/make-model.ts"), model, JSON.stringify(smallGrouped)],
  ]);
  const rows: RolloutsRow[] = [];
  for (const scheme of ["sqlite", "files"]) {
    const place = join(folder, `rollouts-${scheme}`);
    await mkdir(place);
    const command: RolloutsCommand = {
      ...{ folder: model, threads, rollouts: 64, groupSize: 8, tokens: 64, scheme, place },
    };
    const figures = await childJson<RolloutsFigures>(ours("rollouts-side.ts"), command);
    rows.push({ store: scheme, figures });
  }
  return rows;
}

export function rolloutsTable(rows: readonly RolloutsRow[]): string {
  const title = "GRPO step, 64 rollouts × 64 tokens, 0.84 M";
  const head = [title, "without", "kept", "added", "processor", "added", "a rollout"];
  const lines = rows.map(({ store, figures }) => {
    const without = middle(figures.without);
    const kept = middle(figures.with);
    const added = (of: keyof StepSeconds) => `${(100 * (kept[of] / without[of] - 1)).toFixed(1)} %`;
    return [
      `into ${store}`,
      ...[milliseconds(without.clock), milliseconds(kept.clock), added("clock")],
      ...[milliseconds(without.processor), added("processor")],
      figures.bytes === undefined ? "–" : `${(figures.bytes / figures.kept / 1000).toFixed(1)} KB`,
    ];
  });
  return columns([head, ...lines]);
}

const middle = (blocks: readonly StepSeconds[]): StepSeconds => ({
  clock: median(blocks.map(({ clock }) => clock)),
  processor: median(blocks.map(({ processor }) => processor)),
});

const milliseconds = (seconds: number): string => `${(1000 * seconds).toFixed(0)} ms`;
