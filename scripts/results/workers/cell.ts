/** One run: its trainer, its workers, and those that are killed while they hold rollouts. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openQueue, openStore } from "../../../packages/hone/src/app/open-store.ts";
import { isObject } from "../../../packages/hone/src/core/json.ts";
import { Random } from "../../../packages/hone/src/core/random.ts";
import type { Interval } from "../../../packages/hone/src/evaluation/intervals.ts";
import type { RolloutQueue } from "../../../packages/hone/src/ports/rollout-queue.ts";
import type { Place } from "./places.ts";
import { jsonLines, startHone, type Started } from "./processes.ts";

/** What a run came to. */
export interface CellResult {
  readonly before: Interval;
  readonly after: Interval;
  /** The SHA-256 of the trained weights. */
  readonly weights: string;
  /** The SHA-256 of all steps' and evaluations' numbers that are no times. */
  readonly curve: string;
  /** Rollouts that the run's store holds, and those that it holds more than once. */
  readonly kept: number;
  readonly twice: number;
  readonly lost: number;
  readonly takenAgain: number;
  readonly stale: number;
  /** Workers that were killed while they held rollouts, and the rollouts that they held. */
  readonly kills: number;
  readonly heldAtKills: number;
  readonly seconds: number;
  readonly trainerProcessor: number;
  readonly workersProcessor: number;
}

export interface CellOptions {
  readonly place: Place;
  readonly seed: number;
  /** The model to start from, the run folder, and the address of the queue. */
  readonly start: string;
  readonly out: string;
  readonly queue: string | undefined;
  readonly steps: number;
}

/** Seconds until a killed worker's rollouts are given to another one. */
export const leaseSeconds = 5;

/** GRPO on equations: 16 of them with 8 tries each in a step, all weights. */
export const trainWords = (steps: number): readonly string[] => [
  ...["train", "grpo", "--domain", "math", "--steps", `${steps}`],
  ...["--group-size", "8", "--groups-per-step", "16", "--minibatches-per-batch", "4"],
  ...["--weights", "all", "--learning-rate", "0.0004", "--train-tasks", "500"],
  ...["--max-tokens", "12", "--evaluation", "sampled"],
];

export async function measuredCell(options: CellOptions): Promise<CellResult> {
  const { place, seed, start, out, queue, steps } = options;
  const startedAt = performance.now();
  const workers = queue === undefined ? undefined : new Workers(queue, place.workers);
  const opened = queue === undefined ? undefined : await openQueue(queue);
  try {
    const trainer = startHone([
      ...trainWords(steps),
      ...["--model", start, "--seed", `${seed}`, "--out", out, "--threads", "1", "--json"],
      ...(queue === undefined ? [] : ["--queue", queue]),
    ]);
    let counts: Readonly<Record<string, unknown>> = {};
    let killing: Promise<void> = Promise.resolve();
    const random = new Random(`kills of seed ${seed}`);
    for await (const fact of jsonLines(trainer)) {
      if (fact["event"] === "workers") counts = fact;
      // A kill is spread over the time in which a step's rollouts are played.
      const isDue = fact["event"] === "step" && workers !== undefined && opened !== undefined;
      if (!isDue || workers.kills + 1 > place.kills) continue;
      if (Number(fact["step"]) >= (workers.kills * steps) / place.kills)
        killing = killing.then(() =>
          workers.killHolder(opened, { afterMs: 1000 * random.uniform(), most: place.kills }),
        );
    }
    // Nothing is held any more.
    workers?.over();
    await killing;
    const seconds = (performance.now() - startedAt) / 1000;
    return { ...(await resultOf(out)), ...workersResult(workers, counts), seconds };
  } finally {
    await workers?.stop();
    await opened?.close();
  }
}

const workersResult = (
  workers: Workers | undefined,
  { lost = 0, takenAgain = 0, stale = 0 }: Readonly<Record<string, unknown>>,
) => ({
  lost: Number(lost),
  takenAgain: Number(takenAgain),
  stale: Number(stale),
  kills: workers?.kills ?? 0,
  heldAtKills: workers?.heldAtKills ?? 0,
  workersProcessor: workers?.processorSeconds ?? 0,
});

/** The workers of a run, which are replaced when they are killed. */
class Workers {
  kills = 0;
  heldAtKills = 0;
  readonly #queue: string;
  readonly #all: Started[] = [];
  readonly #alive = new Map<string, Started>();
  #isOver = false;

  constructor(queue: string, count: number) {
    this.#queue = queue;
    for (let i = 0; i < count; i++) this.#start();
  }

  /** Waits until one of the workers holds rollouts, and for a moment, and kills one that holds some then. */
  async killHolder(
    queue: RolloutQueue,
    { afterMs, most }: { readonly afterMs: number; readonly most: number },
  ): Promise<void> {
    if (this.kills === most || (await this.#holder(queue)) === undefined) return;
    await sleep(afterMs);
    const name = await this.#holder(queue);
    const worker = name === undefined ? undefined : this.#alive.get(name);
    if (name === undefined || worker === undefined) return;
    await worker.kill();
    this.#alive.delete(name);
    this.#start();
    // What it still holds now that it is gone was under way when it was killed.
    const held = (await queue.held()).filter((one) => one.worker === name).length;
    if (held === 0) return;
    this.kills++;
    this.heldAtKills += held;
  }

  get processorSeconds(): number {
    return this.#all.reduce((sum, { processorSeconds }) => sum + processorSeconds(), 0);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#alive.values()].map(({ kill }) => kill()));
  }

  /** The trainer has ended, so that no worker will hold anything. */
  over(): void {
    this.#isOver = true;
  }

  /** The name of a living worker that holds rollouts, once one does; undefined when the trainer has ended. */
  async #holder(queue: RolloutQueue): Promise<string | undefined> {
    while (!this.#isOver) {
      const found = (await queue.held()).find(({ worker }) => this.#alive.has(worker));
      if (found !== undefined) return found.worker;
      await sleep(10);
    }
    return undefined;
  }

  #start(): void {
    const name = `worker-${this.#all.length}`;
    const words = ["--queue", this.#queue, "--name", name, "--lease", `${leaseSeconds}`];
    const started = startHone(["worker", ...words, "--threads", "1"], { isQuiet: true });
    this.#all.push(started);
    this.#alive.set(name, started);
  }
}

/** What the run folder says. */
async function resultOf(out: string) {
  const result = JSON.parse(readFileSync(join(out, "result.json"), "utf8"));
  const kept = await keptRollouts(out);
  return {
    before: result.before.success as Interval,
    after: result.after.success as Interval,
    trainerProcessor: Number(result.cost.processorSeconds),
    weights: sha256(readFileSync(join(out, "model", "model.safetensors"))),
    curve: sha256(JSON.stringify(timeless(out))),
    kept: kept.length,
    twice: kept.length - new Set(kept).size,
  };
}

const sha256 = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

/** The numbers of the run's steps and evaluations, without times. */
const timeless = (out: string): readonly unknown[] =>
  readFileSync(join(out, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((row) => {
      const { section, step, values } = JSON.parse(row) as Readonly<Record<string, unknown>>;
      const numbers = isObject(values) ? Object.entries(values) : [];
      return { section, step, values: numbers.filter(([name]) => !name.includes("second")) };
    });

/** The names of the rollouts in the run's store: the part of the run and the step that asked, and the id there. */
async function keptRollouts(out: string): Promise<readonly string[]> {
  const store = await openStore(`sqlite:${join(out, "rollouts.db")}`, { mustExist: true });
  try {
    const names: string[] = [];
    for await (const { metadata, rolloutId } of store.traces())
      names.push(JSON.stringify([metadata["phase"], metadata["step"], rolloutId]));
    return names;
  } finally {
    await store.close();
  }
}
