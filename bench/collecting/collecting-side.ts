/**
 * What recording adds to a call, in a process of its own: the same call with and without it, block by block in turn. Counted is the time in which the event loop of the app works; a pause after every call stands for the model's.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { startTracing, type Tracing } from "../../packages/hone/src/recording/start-tracing.ts";
import { workerWriter } from "../../packages/hone/src/recording/writing/worker-writer.ts";
import { median } from "../median.ts";
import { type Call, type SubjectName, subjects } from "./subjects.ts";

export interface CollectingCommand {
  readonly subject: SubjectName;
  /** A store's address, "slow:" or "full:"; undefined: nothing is recorded on either side, which shows the noise. */
  readonly url: string | undefined;
}

export interface CollectingFigures {
  /** Medians over blocks of calls, microseconds a call. */
  readonly plain: number;
  readonly added: number;
  /** The longest pause between two turns of the event loop while recording, milliseconds. */
  readonly longestGapMs: number;
  readonly written: number;
  readonly dropped: number;
}

const blocks = 12;
const callsPerBlock = 300;
const pauseMs = 1;
/** Small, so that a slow store's buffer is full for most of the run. */
const waitingCharacters = 2_000_000;

const { url, subject: name } = JSON.parse(process.argv[2]!) as CollectingCommand;
console.log(JSON.stringify(await measure(url === undefined ? undefined : open(url))));

function open(url: string): Tracing {
  const isFaulty = url === "slow:" || url === "full:";
  const module = isFaulty
    ? new URL("faulty-writer.ts", import.meta.url)
    : new URL("../../packages/hone/src/app/recording/writer-worker.ts", import.meta.url);
  return startTracing(() => workerWriter(module, url), url, { waitingCharacters });
}

async function measure(tracing: Tracing | undefined): Promise<CollectingFigures> {
  const subject = subjects[name]();
  const plain: number[] = [];
  const recorded: number[] = [];
  let longestGapMs = 0;
  for (let i = 0; i < blocks; i++) {
    plain.push((await block(subject.plain)).perCall);
    const watched = tracing === undefined ? undefined : subject.record(tracing.tracer);
    const { perCall, gapMs } = await block(watched?.call ?? subject.plain);
    watched?.end();
    recorded.push(perCall);
    longestGapMs = Math.max(longestGapMs, gapMs);
  }
  // The first ones compile.
  const added = recorded.map((each, i) => each - plain[i]!).slice(2);
  const report = await tracing?.close({ timeoutMs: 3000 });
  return {
    plain: median(plain.slice(2)),
    added: median(added),
    longestGapMs,
    written: report?.written ?? 0,
    dropped: (report?.dropped ?? 0) + (report?.waiting ?? 0),
  };
}

async function block(call: Call): Promise<{ perCall: number; gapMs: number }> {
  const before = performance.eventLoopUtilization();
  let gapMs = 0;
  let characters = 0;
  for (let i = 0; i < callsPerBlock; i++) {
    characters += await call(i);
    const start = performance.now();
    await sleep(pauseMs);
    gapMs = Math.max(gapMs, performance.now() - start);
  }
  if (characters === 0) throw new Error("nothing was answered");
  const { active } = performance.eventLoopUtilization(before);
  return { perCall: (1000 * active) / callsPerBlock, gapMs };
}
