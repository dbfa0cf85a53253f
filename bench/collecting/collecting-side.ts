/**
 * What recording adds to a call of an agent, in a process of its own: the same agent with and without it, block by block in
 * turn. Counted is the time in which the event loop of the agent works; a pause after every call stands for the model's.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { startTracing, type Tracing } from "../../packages/hone/src/tracing/open-tracing.ts";
import { withTraces } from "../../packages/hone/src/tracing/with-traces.ts";
import { workerWriter } from "../../packages/hone/src/tracing/worker-writer.ts";
import { median } from "../median.ts";
import { agent, askedIn } from "./agent.ts";

export interface CollectingCommand {
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

const { url } = JSON.parse(process.argv[2]!) as CollectingCommand;
const tracing = url === undefined ? undefined : open(url);
const recorded = tracing === undefined ? agent : withTraces(agent, { tracer: tracing.tracer });
console.log(JSON.stringify(await measure(recorded)));

function open(url: string): Tracing {
  const isFaulty = url === "slow:" || url === "full:";
  const module = isFaulty
    ? new URL("faulty-writer.ts", import.meta.url)
    : new URL("../../packages/hone/src/app/trace-writer.ts", import.meta.url);
  return startTracing(() => workerWriter(module, url), url, { waitingCharacters });
}

async function measure(recorded: typeof agent): Promise<CollectingFigures> {
  const plain: number[] = [];
  const traced: number[] = [];
  let longestGapMs = 0;
  for (let i = 0; i < blocks; i++) {
    plain.push((await block(agent)).perCall);
    const { perCall, gapMs } = await block(recorded);
    traced.push(perCall);
    longestGapMs = Math.max(longestGapMs, gapMs);
  }
  // The first ones compile.
  const added = traced.map((each, i) => each - plain[i]!).slice(2);
  const report = await tracing?.close({ timeoutMs: 3000 });
  return {
    plain: median(plain.slice(2)),
    added: median(added),
    longestGapMs,
    written: report?.written ?? 0,
    dropped: (report?.dropped ?? 0) + (report?.waiting ?? 0),
  };
}

async function block(measured: typeof agent): Promise<{ perCall: number; gapMs: number }> {
  const before = performance.eventLoopUtilization();
  let gapMs = 0;
  let characters = 0;
  for (let call = 0; call < callsPerBlock; call++) {
    for await (const { text } of measured.chat(askedIn(call))) characters += text.length;
    const start = performance.now();
    await sleep(pauseMs);
    gapMs = Math.max(gapMs, performance.now() - start);
  }
  if (characters === 0) throw new Error("the agent said nothing");
  const { active } = performance.eventLoopUtilization(before);
  return { perCall: (1000 * active) / callsPerBlock, gapMs };
}
