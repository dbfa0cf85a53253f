/**
 * The table of serving: a hundred streams at once against `hone serve`, how soon it answers /health meanwhile, and how soon a
 * server that has nothing to do does.
 */
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { spreadOf } from "../../packages/hone/src/core/spread.ts";
import { childJson, runChild, startChild } from "../children.ts";
import { columns } from "../columns.ts";
import { median } from "../median.ts";
import { smallGrouped } from "../works.ts";
import type { ServingCommand, ServingFigures } from "./serving-side.ts";
import { listening } from "./listening.ts";

const STREAMS = 100;
const ROUNDS = 5;
const TOKENS = 64;
const HEALTH_EVERY_MS = 50;

export interface ServingRow {
  readonly figures: ServingFigures;
  /** Milliseconds of each answer of /health while the streams went. */
  readonly health: readonly number[];
  /** The same of a server that has nothing to do, asked in turns with the other. */
  readonly idle: readonly number[];
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
  const idle = startChild(process.execPath, [ours("idle-server.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const over = new AbortController();
  try {
    const [url, idleUrl] = await Promise.all(
      [server, idle].map(({ stdout }) => listening(createInterface(stdout!))),
    );
    // The first fetch of a process loads its client, which is no time of a server's.
    await healthMs(idleUrl!);
    const answers = answersInTurns([url!, idleUrl!], over.signal);
    const command: ServingCommand = { url: url!, streams: STREAMS, rounds: ROUNDS, tokens: TOKENS };
    const figures = await childJson<ServingFigures>(ours("serving-side.ts"), command);
    over.abort();
    const [health, idleAnswers] = await answers;
    return { figures, health: health!, idle: idleAnswers! };
  } finally {
    over.abort();
    idle.kill("SIGTERM");
    server.kill("SIGTERM");
  }
}

/** Asks each server for /health in turns until the signal: milliseconds of the answers of each. */
async function answersInTurns(urls: readonly string[], signal: AbortSignal): Promise<number[][]> {
  const times = urls.map((): number[] => []);
  while (!signal.aborted) {
    for (const [i, url] of urls.entries()) {
      times[i]!.push(await healthMs(url));
      await sleep(HEALTH_EVERY_MS);
    }
  }
  return times;
}

async function healthMs(url: string): Promise<number> {
  const start = performance.now();
  const { ok } = await fetch(`${url}/health`);
  if (!ok) throw new Error("/health did not answer");
  return performance.now() - start;
}

export function servingTable({ figures: { rounds }, health, idle }: ServingRow): string {
  const first = spreadOf(rounds.flatMap((round) => round.first));
  const [answers, beside] = [spreadOf(health), spreadOf(idle)];
  const ms = (value: number | undefined): string =>
    value === undefined ? "–" : `${value.toFixed(0)} ms`;
  return columns([
    [
      ...["hone serve", "tokens/s", "first token 50 %", "99 %", "lost"],
      ...["/health 50 %", "99 %", "longest"],
      ...["idle server 50 %", "99 %", "longest"],
    ],
    [
      `${STREAMS} streams × ${TOKENS} tokens`,
      median(rounds.map(({ tokens, seconds }) => tokens / seconds)).toFixed(0),
      ...[first?.median, first?.p99].map(ms),
      String(rounds.reduce((sum, { lost }) => sum + lost, 0)),
      ...[answers?.median, answers?.p99, answers?.maximum].map(ms),
      ...[beside?.median, beside?.p99, beside?.maximum].map(ms),
    ],
  ]);
}
