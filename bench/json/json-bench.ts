/** The table of replies bound to a schema: what that costs a token. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childJson, runChild } from "../children.ts";
import { columns } from "../columns.ts";
import { median } from "../median.ts";
import { smallGrouped } from "../works.ts";
import type { JsonCommand, JsonFigures } from "./json-side.ts";

const ROWS = 32;
const TOKENS = 64;

export async function benchJson(folder: string, threads: number): Promise<JsonFigures> {
  const model = join(folder, "json-model");
  const ours = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  await runChild(process.execPath, [
    ...[ours("../ours/make-model.ts"), model, JSON.stringify(smallGrouped)],
  ]);
  const command: JsonCommand = { folder: model, threads, rows: ROWS, tokens: TOKENS };
  return childJson<JsonFigures>(ours("json-side.ts"), command);
}

export function jsonTable(figures: JsonFigures): string {
  const [free, bound] = [median(figures.free), median(figures.bound)];
  const us = (seconds: number): string => `${(1e6 * seconds).toFixed(1)} µs`;
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  return columns([
    ["a token of JSON, processor", "free", "bound", "added", ""],
    [
      `sample ${ROWS} × ${TOKENS}, 0.84 M`,
      ...[us(free), us(bound), us(bound - free), `${(100 * (bound / free - 1)).toFixed(1)} %`],
    ],
    ["a vocabulary of 50,000", "first schema", "a further one", "a new mask", "a kept one"],
    [
      "",
      ...[figures.firstSchema, figures.furtherSchema, figures.newMask, figures.keptMask].map(ms),
    ],
  ]);
}
