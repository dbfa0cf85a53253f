/** The table of serving: a hundred streams at once against `hone serve`, and how soon it answers /health meanwhile. */
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { spreadOf } from "../../packages/hone/src/core/trace-statistics.ts";
import { childJson, runChild, startChild } from "../children.ts";
import { columns } from "../columns.ts";
import { median } from "../median.ts";
import { smallGrouped } from "../works.ts";
import type { ServingCommand, ServingFigures } from "./serving-side.ts";

const STREAMS = 100;
const ROUNDS = 5;
const TOKENS = 64;
const HEALTH_EVERY_MS = 50;

export interface ServingRow {
  readonly figures: ServingFigures;
  /** Milliseconds of each answer of /health while the streams went. */
  readonly health: readonly number[];
}

export async function benchServing(folder: string, threads: number): Promise<ServingRow> {
  const ours = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const model = join(folder, "serving-model");
  await runChild(process.execPath, [
    ...[ours("../ours/make-model.ts"), model, JSON.stringify(smallGrouped)],
  ]);
  const bin = ours("../../packages/hone/bin/hone.js");
  const words = ["serve", model, "--port", "0", "--threads", String(threads), "--json"];
  const server = startChild(process.execPath, [bin, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const over = new AbortController();
  try {
    const url = await listening(createInterface(server.stdout!));
    const health = answersOfHealth(url, over.signal);
    const command: ServingCommand = { url, streams: STREAMS, rounds: ROUNDS, tokens: TOKENS };
    const figures = await childJson<ServingFigures>(ours("serving-side.ts"), command);
    over.abort();
    return { figures, health: await health };
  } finally {
    over.abort();
    server.kill("SIGTERM");
  }
}

/** The address that the server says it listens at. */
async function listening(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const { url } = JSON.parse(line) as { readonly url?: string };
    if (url !== undefined) return url;
  }
  throw new Error("hone serve ended before it listened");
}

/** Asks for /health again and again until the signal. */
async function answersOfHealth(url: string, signal: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  while (!signal.aborted) {
    const start = performance.now();
    const { ok } = await fetch(`${url}/health`);
    if (!ok) throw new Error("/health did not answer");
    times.push(performance.now() - start);
    await sleep(HEALTH_EVERY_MS);
  }
  return times;
}

export function servingTable({ figures: { rounds }, health }: ServingRow): string {
  const first = spreadOf(rounds.flatMap((round) => round.first));
  const answers = spreadOf(health);
  const ms = (value: number | undefined): string =>
    value === undefined ? "–" : `${value.toFixed(0)} ms`;
  return columns([
    [
      ...["hone serve", "tokens/s", "first token 50 %", "99 %", "lost"],
      ...["/health 50 %", "99 %", "longest"],
    ],
    [
      `${STREAMS} streams × ${TOKENS} tokens`,
      median(rounds.map(({ tokens, seconds }) => tokens / seconds)).toFixed(0),
      ...[first?.median, first?.p99].map(ms),
      String(rounds.reduce((sum, { lost }) => sum + lost, 0)),
      ...[answers?.median, answers?.p99, answers?.maximum].map(ms),
    ],
  ]);
}
