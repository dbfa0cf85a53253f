/**
 * What keeping rollouts costs a GRPO step: blocks of steps with and without it take turns on one engine. A block with it ends
 * when its rollouts are durable, so that nothing is written in the time of a block without. Beside the time on the clock
 * stands that of the processor, all threads together, which other programs on the machine change less.
 *
 *     rollouts-side.ts COMMAND_AS_JSON
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { workerWriter } from "../../packages/hone/src/recording/writing/worker-writer.ts";
import { rolloutRecorder } from "../../packages/hone/src/app/training/stored/rollout-recorder.ts";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { type GrpoCommand, grpoStepsFrom } from "../ours/algorithm-works.ts";

const BLOCKS = 8;
const STEPS = 2;

export interface RolloutsCommand extends GrpoCommand {
  /** The scheme of the store: "sqlite" or "files". */
  readonly scheme: string;
  /** The folder of the store. */
  readonly place: string;
}

export interface StepSeconds {
  readonly clock: number;
  readonly processor: number;
}

export interface RolloutsFigures {
  /** Seconds of a step in each block, on the clock and of the processor. */
  readonly without: readonly StepSeconds[];
  readonly with: readonly StepSeconds[];
  /** Rollouts that are in the store. */
  readonly kept: number;
  /** Bytes of the store, where it is one file. */
  readonly bytes?: number;
}

const command = JSON.parse(process.argv[2]!) as RolloutsCommand;
console.log(JSON.stringify(await figures(command)));

async function figures({ scheme, place, ...grpo }: RolloutsCommand): Promise<RolloutsFigures> {
  const file = join(place, "rollouts.db");
  const url = `${scheme}:${file}`;
  const module = new URL(
    "../../packages/hone/src/app/training/stored/rollout-worker.ts",
    import.meta.url,
  );
  const recorder = rolloutRecorder({
    ...{ run: "bench", agent: "bench", tokenizer: "bench", share: 1 },
    writer: workerWriter(module, url),
  });
  let isKept = false;
  const work = await grpoStepsFrom(grpo, (source) => {
    const recorded = recorder.recorded(source, "grpo");
    return { groups: (request) => (isKept ? recorded : source).groups(request) };
  });
  const seconds: Record<"without" | "with", StepSeconds[]> = { without: [], with: [] };
  for (let block = -2; block < 2 * BLOCKS; block++) {
    isKept = block % 2 !== 0;
    const start = performance.now();
    const used = process.cpuUsage();
    for (let step = 0; step < STEPS; step++) await work.repetition();
    if (isKept) await recorder.settle();
    const { user, system } = process.cpuUsage(used);
    const each = {
      clock: (performance.now() - start) / 1000 / STEPS,
      processor: (user + system) / 1e6 / STEPS,
    };
    if (block >= 0) seconds[isKept ? "with" : "without"].push(each);
  }
  await recorder.close();
  await work.close();
  const store = await openStore(url, { mustExist: true });
  const [all] = await store.aggregate();
  await store.close();
  const bytes = scheme === "sqlite" ? { bytes: (await stat(file)).size } : {};
  return { ...seconds, kept: all?.count ?? 0, ...bytes };
}
