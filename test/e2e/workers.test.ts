/** A trainer whose rollouts are played by workers in processes of their own learns to the byte what it learns alone. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openQueue } from "../../packages/hone/src/app/open-store.ts";
import type { RolloutQueue } from "../../packages/hone/src/ports/rollout-queue.ts";
import { Random } from "../../packages/hone/src/core/random.ts";
import { commandLine } from "../doubles/command-line.ts";
import { lettersDomain } from "../doubles/letters-domain.ts";
import { bin } from "../doubles/own-code.ts";
import { sharedPostgres } from "../doubles/shared-postgres.ts";
import { storedTraces } from "../doubles/stored-traces.ts";

const root = mkdtempSync(join(tmpdir(), "hone-workers-"));
writeFileSync(join(root, "letters.mjs"), lettersDomain);
const processes: ChildProcess[] = [];
afterAll(() => {
  for (const one of processes) one.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

const settings = [
  ...["--group-size", "4", "--groups-per-step", "2", "--max-tokens", "8"],
  ...["--learning-rate", "0.01", "--threads", "1", "--seed", "4"],
];

/** The words of a training in the folder of the test. */
const trainingOf = (out: string, steps: number): readonly string[] => [
  ...["train", "grpo", "--model", join(import.meta.dirname, "../golden/models/qwen2")],
  ...["--domain", "letters.mjs", "--out", out, "--steps", String(steps), ...settings],
];

/** Trains, and tells what was printed. */
async function trained(words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await commandLine(words, { folder: root });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  // The weights change, so that those of the first step would not do for the next.
  expect(stdout + stderr).not.toContain("STEP_WITHOUT_SIGNAL");
  return stdout + stderr;
}

const train = (out: string, steps: number, ...more: readonly string[]): Promise<string> =>
  trained([...trainingOf(out, steps), ...more]);

/** Starts a worker, under a name of its own in the queue. */
function startWorker(queue: string, name = "worker"): ChildProcess {
  const place = ["--queue", queue, "--name", name];
  const limits = ["--lease", "1", "--concurrency", "3", "--threads", "1"];
  const child = spawn(process.execPath, [bin, "worker", ...place, ...limits], { stdio: "ignore" });
  processes.push(child);
  return child;
}

/** Does the work with an open queue. */
async function withQueue<T>(url: string, work: (queue: RolloutQueue) => Promise<T>): Promise<T> {
  const queue = await openQueue(url);
  try {
    return await work(queue);
  } finally {
    await queue.close();
  }
}

/** Waits until a worker holds rollouts, and tells its name. */
async function holderOf(queue: RolloutQueue): Promise<string> {
  let worker: string | undefined;
  const look = async (): Promise<string | undefined> => (worker = (await queue.held())[0]?.worker);
  await expect.poll(look, { timeout: 60_000, interval: 5 }).toBeDefined();
  return worker!;
}

/** What a run learned and reported, without times. */
function learned(out: string): object {
  const read = (file: string): string => readFileSync(join(root, out, file), "utf8");
  const rows = read("metrics.jsonl").trim().split("\n").slice(1);
  const numbers = rows.map((row) => {
    const {
      section,
      step,
      values = {},
    } = JSON.parse(row) as {
      readonly section: string;
      readonly step: number;
      readonly values?: Readonly<Record<string, number>>;
    };
    const timeless = Object.entries(values).filter(([name]) => !name.includes("second"));
    return { section, step, values: Object.fromEntries(timeless) };
  });
  const weights = readFileSync(join(root, out, "adapter", "adapter_model.safetensors"));
  return { numbers, weights: createHash("sha256").update(weights).digest("hex") };
}

/** Steps that a run has done so far. */
function stepsOf(out: string): number {
  const file = join(root, out, "metrics.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8").split('"section":"grpo"').length - 1 : 0;
}

/** The names of the rollouts that the run's own store holds: the part of the run and the step that asked, and the id there. */
async function keptRollouts(out: string): Promise<readonly string[]> {
  const traces = await storedTraces(`sqlite:${join(root, out, "rollouts.db")}`);
  return traces
    .map(({ metadata: { phase, step }, rolloutId }) => JSON.stringify([phase, step, rolloutId]))
    .toSorted();
}

beforeAll(() => train("alone", 3));

it("learns the same with two workers, of which one is killed, as alone", async () => {
  const queue = `sqlite:${join(root, "queue.db")}`;
  const killed = startWorker(queue);
  const training = train("together", 3, "--queue", queue);
  await withQueue(queue, holderOf);
  killed.kill("SIGKILL");
  startWorker(queue);
  expect(await training).toMatch(
    /workers on sqlite:.*played 30 rollouts: [1-9]\d* of them taken again.* 0 lost/,
  );
  expect(learned("together")).toEqual(learned("alone"));
  const kept = await keptRollouts("together");
  expect(kept).toHaveLength(30);
  expect(kept).toEqual(await keptRollouts("alone"));
});

it("learns the same when the trainer is killed, and resumed while its worker goes on", async () => {
  const queue = `sqlite:${join(root, "killed-trainer.db")}`;
  startWorker(queue);
  const words = ["--checkpoint-every", "1", "--queue", queue, "--json"];
  const trainer = spawn(process.execPath, [bin, ...trainingOf("resumed", 3), ...words], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
  });
  processes.push(trainer);
  for await (const line of createInterface(trainer.stdout))
    if (line.includes('"checkpoint"') && line.includes('"step":1')) break;
  await withQueue(queue, holderOf);
  trainer.kill("SIGKILL");
  await once(trainer, "exit");
  const told = await trained(["train", "grpo", "--resume", "resumed", "--queue", queue]);
  expect(told).toMatch(/[1-9]\d* left by an earlier session, 0 dropped as too old.* 0 lost/);
  expect(learned("resumed")).toEqual(learned("alone"));
  expect(await keptRollouts("resumed")).toEqual(await keptRollouts("alone"));
});

/** After a change of queues or workers: HONE_TEST_KILLS=10 npm run dev -- run workers. */
const kills = Number(process.env["HONE_TEST_KILLS"] ?? 0);

it.skipIf(kills === 0)("learns the same on PostgreSQL while workers are killed", async () => {
  const steps = 20;
  await train("alone-longer", steps);
  const queue = await (await sharedPostgres()).freshUrl();
  const workers = new Map(["w0", "w1"].map((name) => [name, startWorker(queue, name)]));
  const training = train("killed", steps, "--queue", queue);
  const random = new Random("kills");
  let inFlight = 0;
  await withQueue(queue, async (opened) => {
    for (let kill = 0; kill < kills; kill++) {
      // Spread over the run, or all of them would hit its first rollouts again and again.
      const isDue = (): boolean => stepsOf("killed") >= (kill * steps) / kills;
      await expect.poll(isDue, { timeout: 120_000, interval: 20 }).toBe(true);
      await sleep(50 * random.uniform());
      const name = await holderOf(opened);
      const worker = workers.get(name);
      if (worker === undefined) continue;
      worker.kill("SIGKILL");
      await once(worker, "exit");
      workers.delete(name);
      const fresh = `w${kill + 2}`;
      workers.set(fresh, startWorker(queue, fresh));
      // What it still holds now that it is gone was under way when it was killed.
      inFlight += (await opened.held()).filter((one) => one.worker === name).length;
    }
  });
  const told = await training;
  console.log(`${inFlight} rollouts were held by workers when they were killed`);
  console.log(/workers on .*/.exec(told)?.[0]);
  expect(inFlight).toBeGreaterThanOrEqual(kills / 2);
  expect(told).toMatch(/played 166 rollouts: .* 0 lost/);
  expect(learned("killed")).toEqual(learned("alone-longer"));
  const kept = await keptRollouts("killed");
  expect(kept).toHaveLength(166);
  expect(kept).toEqual(await keptRollouts("alone-longer"));
});
