/** Opens the place where a run keeps its rollouts, as its settings say. */
import { ownModule } from "../../../core/own-module.ts";
import { join } from "node:path";
import type { Renderer } from "../../../ports/renderer.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import { type BatchWriter, storeWriter } from "../../../recording/writing/batch-writer.ts";
import { workerWriter } from "../../../recording/writing/worker-writer.ts";
import { tokenizerPrint } from "../../../rollouts/tokenizer-print.ts";
import { type RunFolder, runFiles } from "../../../runs/run-folder.ts";
import { runNameOf } from "../../../runs/open-run.ts";
import { domainTitle } from "../../domains/import-domain.ts";
import { lastingAddress, spoolFolder } from "../../open-store.ts";
import { noRecorder, type RolloutRecorder, rolloutRecorder } from "./rollout-recorder.ts";
import { wholeTraces } from "./whole-traces.ts";

/** Which rollouts are kept: all, none, or a share of the groups from 0 to 1. */
export type KeptRollouts = "all" | "none" | number;

/** Where a run keeps its rollouts, and which. */
export interface RolloutStoreOptions {
  /** The address of a store, or an open one, which stays open. Default: `rollouts.db` in the run folder. */
  readonly store?: string | TraceStore | undefined;
  /** Default "all". */
  readonly keepRollouts?: KeptRollouts | undefined;
}

/**
 * @param renderer  of the model whose tokens rollouts hold; undefined for a model that says none
 * @throws STORE_URL_INVALID; where a store was named, what opening it throws, so that a run does not lose its rollouts because
 *         of a wrong address
 */
export async function openRecorder(
  run: RunFolder,
  renderer: Renderer | undefined,
  { store, keepRollouts = "all" }: RolloutStoreOptions,
): Promise<RolloutRecorder> {
  const share = keepRollouts === "all" ? 1 : keepRollouts === "none" ? 0 : keepRollouts;
  if (share === 0) return noRecorder;
  const writer = writerOf(run, store);
  if (typeof store === "string") await writer.write(['{"heads":[],"spans":[]}']);
  else writer.warmUp?.();
  const template = await renderer?.templateDigest?.();
  return rolloutRecorder({
    run: runNameOf(run.record),
    agent: run.record.name,
    domain: domainOf(run.record),
    ...(renderer !== undefined && { tokenizer: await tokenizerPrint(renderer) }),
    ...(template !== undefined && { template }),
    share,
    writer,
  });
}

/** The field of a run's tasks: of `hone run math` and `hone train … --domain math` it is math. */
function domainOf({ name, config }: RunFolder["record"]): string | undefined {
  const { domain, command } = config;
  if (typeof domain === "string") return domainTitle(domain);
  return command === `run ${name}` ? name : undefined;
}

function writerOf(run: RunFolder, store: string | TraceStore | undefined): BatchWriter {
  if (typeof store === "object") return storeWriter({ ...wholeTraces(store) });
  // The first write is awaited before the engine works, when nothing else keeps Node running.
  const keepsAlive = true;
  const address = lastingAddress(store ?? `sqlite:${join(run.path, runFiles.rollouts)}`);
  return workerWriter(
    ownModule(new URL("./rollout-worker.ts", import.meta.url)),
    address,
    spoolFolder(address),
    keepsAlive,
  );
}
