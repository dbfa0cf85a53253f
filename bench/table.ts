/** The rows as one table of text. */
import { columns } from "./columns.ts";
import type { Column, Failure } from "./contestant.ts";
import type { Row } from "./measure.ts";

const heads = [
  "work",
  "ours",
  "memory",
  "f32",
  "memory",
  "bf16",
  "memory",
  "× f32",
  "× f32, processor",
  "mem. × f32",
  "× bf16",
  "of ceiling",
  "required",
];

/** Where llama.cpp was measured. */
const llamaHeads = ["llama.cpp f32", "memory", "bf16", "Q8_0", "× llama.cpp f32"];

export function table(rows: readonly Row[]): string {
  const hasLlama = rows.some(({ llama }) => llama !== undefined);
  const lines = [
    hasLlama ? [...heads, ...llamaHeads] : heads,
    ...rows.map((row) => (hasLlama ? [...cells(row), ...llamaCells(row)] : cells(row))),
  ];
  return [columns(lines), ...failures(rows)].join("\n");
}

function cells({ work, ours, f32, bf16, ceiling }: Row): string[] {
  const { speed, aim, memory } = work.required;
  const hasShare = work.operations > 0 && isColumn(ours) && ceiling > 0;
  return [
    work.title,
    time(ours, work.unit),
    memoryOf(ours),
    time(f32, work.unit),
    memoryOf(f32),
    time(bf16, work.unit),
    memoryOf(bf16),
    ratio(f32, ours, "seconds"),
    ratio(f32, ours, "processorSeconds"),
    ratio(ours, f32, "peakMemoryMb"),
    ratio(bf16, ours, "seconds"),
    hasShare
      ? `${Math.round((100 * work.operations) / ours.seconds / ceiling)} % of ${Math.round(ceiling / 1e9)} G/s`
      : "",
    `${speed} (${aim}) ×, mem. ${memory}`,
  ];
}

function llamaCells({ work, ours, llama }: Row): string[] {
  return [
    time(llama?.f32, work.unit),
    memoryOf(llama?.f32),
    time(llama?.bf16, work.unit),
    time(llama?.q8_0, work.unit),
    ratio(llama?.f32, ours, "seconds"),
  ];
}

type Measured = Column | Failure | undefined;

const isColumn = (column: Measured): column is Column =>
  column !== undefined && "seconds" in column;

function time(column: Measured, unit: "step" | "token"): string {
  if (column === undefined) return "–";
  if (!isColumn(column)) return "failed";
  const ms = 1000 * column.seconds;
  const digits = ms < 10 ? 2 : ms < 100 ? 1 : 0;
  return `${ms.toFixed(digits)} ms${unit === "token" ? "/token" : ""}`;
}

/** Peak, and in brackets what was taken before the model existed. */
const memoryOf = (column: Measured): string =>
  isColumn(column) ? `${column.peakMemoryMb} (${column.baselineMemoryMb}) MB` : "";

/** How many times `a` is `b`. */
const ratio = (a: Measured, b: Measured, field: keyof Column): string =>
  isColumn(a) && isColumn(b) ? (a[field] / b[field]).toFixed(2) : "";

function failures(rows: readonly Row[]): string[] {
  return rows.flatMap(({ work, ours, f32, bf16, llama }) => {
    const sides: Record<string, Measured> = { ours, f32, bf16 };
    for (const [type, column] of Object.entries(llama ?? {})) sides[`llama.cpp ${type}`] = column;
    return Object.entries(sides).flatMap(([side, column]) =>
      column === undefined || isColumn(column) ? [] : [`${work.name}, ${side}: ${column.error}`],
    );
  });
}
