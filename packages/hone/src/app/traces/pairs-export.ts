/** Pairs of a better and a worse answer, from what people said about traces, in the form that trainers read (TRL's). */
import type { Writable } from "node:stream";
import { HoneError } from "../../core/errors.ts";
import type { PreferencePair } from "../../core/preference.ts";
import type { Trace } from "../../core/trace.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import { jsonLine, streamLines, writeLines } from "../../data/export-lines.ts";
import { trlMessage } from "../../data/line-message.ts";
import type { ReasoningChoice } from "../../data/trace-conversations.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { collectFeedback } from "../../rewards/keep-feedback.ts";
import { type LeftOut, preferencePairs } from "../../rewards/preference-pairs.ts";

/** Which pairs are written. */
export interface PairsExportOptions {
  readonly filter?: TraceFilter;
  /** Leaves out the traces for which it is false. Default: none. */
  readonly only?: (trace: Trace) => boolean;
  /** What becomes of reasoning in the messages. Default "keep". */
  readonly reasoning?: ReasoningChoice;
  readonly signal?: AbortSignal;
}

/** What an export of pairs found and wrote. */
export interface PairsReport {
  /** Number of traces with feedback. */
  readonly traces: number;
  readonly lines: number;
  /** Number of comparisons and corrections that give no pair, by the reason. */
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
}

/**
 * Writes one pair a line: `{"prompt": [messages], "chosen": [messages], "rejected": [messages]}`.
 * @throws TRACES_NONE when there would be no line, TRACE_HAS_REASONING; as the store and `writeFileWhole`
 */
export async function exportPairs(
  store: TraceStore,
  target: string | Writable,
  { filter, only, reasoning = "keep", signal }: PairsExportOptions,
): Promise<PairsReport> {
  const { feedback, traces } = await collectFeedback(filtered(store.traces(filter), only));
  const { pairs, leftOut } = preferencePairs(feedback, traces);
  if (reasoning === "error") refuseReasoning(pairs);
  const lines = linesOf(pairs, reasoning !== "drop");
  if (typeof target !== "string") {
    await streamLines(target, lines, signal === undefined ? {} : { signal });
  } else {
    await writeLines(target, lines, () => {
      if (pairs.length > 0) return;
      const left = Object.entries(leftOut).map(([why, count]) => `${count} ${why}`);
      const why = left.length === 0 ? "no comparison and no correction" : left.join(", ");
      const reason = `of ${traces.length} with feedback none gives a pair (${why}); nothing was written to ${target}`;
      throw new HoneError("TRACES_NONE", { store: store.url, reason });
    });
  }
  return { traces: traces.length, lines: pairs.length, leftOut };
}

/** The traces for which a condition holds; all of them without one. */
export async function* filtered(
  traces: AsyncIterable<Trace>,
  only: (trace: Trace) => boolean = () => true,
): AsyncGenerator<Trace> {
  for await (const trace of traces) if (only(trace)) yield trace;
}

function refuseReasoning(pairs: readonly PreferencePair[]): void {
  const found = pairs.find(({ prompt, chosen, rejected }) =>
    [...prompt, ...chosen, ...rejected].some((message) => (message.reasoning ?? "") !== ""),
  );
  if (found !== undefined)
    throw new HoneError("TRACE_HAS_REASONING", { trace: found.rejectedTrace });
}

async function* linesOf(pairs: readonly PreferencePair[], keeps: boolean): AsyncGenerator<string> {
  for (const { prompt, chosen, rejected } of pairs) {
    const written = { prompt, chosen, rejected };
    yield jsonLine(
      Object.fromEntries(
        Object.entries(written).map(([key, messages]) => [
          key,
          messages.map((message) => trlMessage(message, keeps)),
        ]),
      ),
    );
  }
}
