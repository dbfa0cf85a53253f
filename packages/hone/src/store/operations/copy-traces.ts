/**
 * Copying all traces of one store into another, with a proof that nothing was lost.
 *
 * A trace that the target has with the same content is skipped, so copying again resumes a copy that was stopped. At the end
 * every trace is read again from both stores; counts and hashes must be equal. Traces that only the target has stay as they
 * are. Traces that the source cannot read are reported to its `onProblem`. Memory does not grow with the number of traces.
 */
import { createHash } from "node:crypto";
import { HoneError } from "../../core/errors.ts";
import { isDamage } from "../../core/stored-damage.ts";
import type { Trace } from "../../core/trace.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import { digestTrace } from "../../formats/trace-digest.ts";
import type { TraceStore } from "../../ports/trace-store.ts";

export interface CopyOptions {
  /** Copies only these traces. Default: all. */
  readonly filter?: TraceFilter;
  /** Number of traces written at once, if they have fewer than 10,000 spans together. Default 200. */
  readonly batchSize?: number;
  /** Stops the copy between two batches; what was written stays. */
  readonly signal?: AbortSignal;
}

/** How far a copy is. */
export interface CopyProgress {
  readonly phase: "copying" | "verifying";
  /** Number of traces read in this phase. */
  readonly seen: number;
  /** Number of traces written so far. */
  readonly copied: number;
  /** Number of traces that the target had already. */
  readonly alreadyThere: number;
}

export interface CopyReport {
  readonly traces: number;
  readonly spans: number;
  readonly copied: number;
  readonly alreadyThere: number;
  /** SHA-256 over the ids and digests of all copied traces, in the order of the source; the same in both stores. */
  readonly hash: string;
}

const spansAtOnce = 10_000;

/**
 * Copies, verifies, and yields its progress after each batch.
 *
 * @returns the report of the verified copy
 * @throws COPY_DIFFERS when a trace is not the same in both stores afterwards, COPY_SOURCE_CHANGED when traces were added
 *   to the source or deleted meanwhile; the errors of both stores; the signal's reason
 * @example for await (const { seen } of copyTraces(filesStore("./rl_data"), memoryStore())) console.log(seen);
 */
export async function* copyTraces(
  from: TraceStore,
  to: TraceStore,
  options: CopyOptions = {},
): AsyncGenerator<CopyProgress, CopyReport> {
  const counts = yield* copyMissing(from, to, options);
  const hash = createHash("sha256");
  let traces = 0;
  let spans = 0;
  for await (const trace of from.traces(options.filter)) {
    options.signal?.throwIfAborted();
    const digest = digestTrace(trace);
    const found = await digestIn(to, trace.id);
    if (found !== digest) throw differs(from, to, trace.id, found);
    hash.update(`${trace.id} ${digest}\n`);
    traces++;
    spans += trace.spans.length;
    if (traces % 200 === 0) yield { phase: "verifying", seen: traces, ...counts };
  }
  yield { phase: "verifying", seen: traces, ...counts };
  if (traces !== counts.copied + counts.alreadyThere) {
    const facts = { from: from.url, to: to.url, before: counts.copied + counts.alreadyThere };
    throw new HoneError("COPY_SOURCE_CHANGED", { ...facts, after: traces });
  }
  return { traces, spans, ...counts, hash: hash.digest("hex") };
}

/** Writes the traces that the target lacks or has with other content. */
async function* copyMissing(
  from: TraceStore,
  to: TraceStore,
  { filter, batchSize = 200, signal }: CopyOptions,
): AsyncGenerator<CopyProgress, { copied: number; alreadyThere: number }> {
  let batch: Trace[] = [];
  let spans = 0;
  const counts = { copied: 0, alreadyThere: 0 };
  const progress = (): CopyProgress => ({
    phase: "copying",
    seen: counts.copied + counts.alreadyThere,
    ...counts,
  });
  const write = async (): Promise<void> => {
    await to.put(batch);
    counts.copied += batch.length;
    batch = [];
    spans = 0;
  };
  for await (const trace of from.traces(filter)) {
    signal?.throwIfAborted();
    if ((await readableDigest(to, trace.id)) === digestTrace(trace)) {
      counts.alreadyThere++;
      continue;
    }
    batch.push(trace);
    spans += trace.spans.length;
    if (batch.length < batchSize && spans < spansAtOnce) continue;
    await write();
    yield progress();
  }
  if (batch.length > 0) await write();
  yield progress();
  return counts;
}

async function digestIn(store: TraceStore, id: string): Promise<string | undefined> {
  const trace = await store.get(id);
  return trace && digestTrace(trace);
}

/** The digest of the target's trace. Undefined where it cannot be read, so that the trace is written again. */
async function readableDigest(store: TraceStore, id: string): Promise<string | undefined> {
  try {
    return await digestIn(store, id);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

const differs = (from: TraceStore, to: TraceStore, id: string, found: string | undefined) =>
  new HoneError("COPY_DIFFERS", {
    from: from.url,
    to: to.url,
    id,
    how: found === undefined ? "is missing" : "has other content",
  });
