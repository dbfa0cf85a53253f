/** A trace that runs: its head goes to the sink when it begins and when it ends. */
import { isDeepStrictEqual } from "node:util";
import { HoneError } from "../core/errors.ts";
import type { SpanKind } from "../core/span.ts";
import type { TraceHead } from "../core/trace.ts";
import { completeLabels, labelsOfMetadata, type TraceLabels } from "../core/trace-labels.ts";
import type {
  OpenSpan,
  OpenTrace,
  SpanStart,
  TraceEnd,
  TraceStart,
  TraceWatcher,
} from "../ports/tracer.ts";
import { Cleaner } from "./cleaning/clean-json.ts";
import { type Attributes, cleanHead, mergeAttributes } from "./cleaning/clean-span.ts";
import { errorOf } from "./cleaning/trace-error.ts";
import { RunningSpan, type SpanTools } from "./running-span.ts";
import { safely } from "./safely.ts";
import { silentSpan } from "./silent-trace.ts";
import { activeTrace } from "./trace-context.ts";
import { warnOnce } from "./warn-once.ts";

/** What every trace of a tracer uses. */
export interface TraceTools extends SpanTools {
  /** Called once for each trace, when it ends. */
  readonly ended: (trace: RunningTrace) => void;
}

export class RunningTrace implements OpenTrace {
  readonly id: string;
  readonly isRecorded = true;
  readonly #tools: TraceTools;
  readonly #open = new Map<string, RunningSpan>();
  readonly #watchers: TraceWatcher[] = [];
  #head: TraceHead;
  #spans = 0;
  #isEnded = false;

  constructor(tools: TraceTools, start: TraceStart & { readonly id: string }) {
    this.id = start.id;
    this.#tools = tools;
    const { id, attempt = 1, ...rest } = start;
    const known = { tags: [], metadata: {}, ...rest, ...withNamed(rest) };
    this.#head = {
      ...cleanHead(known, new Cleaner(tools.redaction)),
      id,
      attempt,
      status: "running",
      startedAt: start.startedAt ?? tools.clock(),
      rewards: [],
    };
    tools.sink.head(this.#head);
  }

  readonly span = <K extends SpanKind>(start: SpanStart<K> & { readonly kind: K }): OpenSpan<K> => {
    try {
      if (isReward(start)) checkReward(start);
      const active = activeTrace();
      const around = active?.trace.id === this.id ? active.span?.id : undefined;
      const parentId = start.parentId ?? (around === "" ? undefined : around);
      const span = new RunningSpan(this.#tools, start, {
        traceId: this.id,
        parentId,
        parent: this.#open.get(parentId ?? ""),
        sequence: this.#spans++,
        ended: (recorded) => {
          this.#open.delete(span.id);
          if (recorded === undefined) return;
          for (const { spanEnded } of this.#watchers)
            safely(() => spanEnded(recorded, (id) => span.isWithin(id)));
        },
      });
      this.#open.set(span.id, span);
      // The type of the start says the kind, so only fields of that kind can be given to its `end`.
      return span as OpenSpan<K>;
    } catch (error) {
      warnOnce(error);
      return silentSpan(this.id);
    }
  };

  readonly watch = (watcher: TraceWatcher): void => void this.#watchers.push(watcher);

  label(labels: TraceLabels): void {
    if (this.#isEnded) return;
    try {
      const clean = cleanHead(withNamed(labels), new Cleaner(this.#tools.redaction));
      const known = completeLabels(this.#head, clean);
      if (isDeepStrictEqual(known, completeLabels(this.#head, {}))) return;
      this.#head = { ...this.#head, ...known };
      this.#tools.sink.head(this.#head);
    } catch (error) {
      warnOnce(error);
    }
  }

  end({ status: given, error, totalReward, metadata, endedAt }: TraceEnd = {}): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#tools.ended(this);
    const status = given ?? (error === undefined ? "completed" : "failed");
    for (const { traceEnds } of this.#watchers) safely(() => traceEnds(status));
    try {
      this.#recordOpenSpans(status);
      const isNumber = totalReward === undefined || Number.isFinite(totalReward);
      if (!isNumber) warnOnce(notFinite("totalReward", totalReward));
      const known = {
        ...(error === undefined ? {} : { error }),
        ...(metadata === undefined ? {} : { metadata }),
      };
      const clean = cleanHead(known, new Cleaner(this.#tools.redaction));
      this.#head = {
        ...this.#head,
        status,
        endedAt: endedAt ?? this.#tools.clock(),
        ...clean,
        ...(clean.metadata === undefined ? {} : this.#withMetadata(clean.metadata)),
        ...(totalReward === undefined || !isNumber ? {} : { totalReward }),
      };
      this.#tools.sink.head(this.#head);
    } catch (problem) {
      warnOnce(problem);
    }
  }

  /** The labels of the trace, with what the metadata of its end names. */
  #withMetadata(metadata: Attributes): Partial<TraceHead> {
    return {
      ...completeLabels(this.#head, labelsOfMetadata(metadata)),
      metadata: mergeAttributes(this.#head.metadata, metadata),
    };
  }

  /** Records the trace and its open spans as cancelled, in case the process ends at once. Their own ends replace this. */
  checkpoint(): void {
    try {
      this.#recordOpenSpans("cancelled");
      const endedAt = this.#tools.clock();
      this.#tools.sink.head({ ...this.#head, status: "cancelled", endedAt });
    } catch (error) {
      warnOnce(error);
    }
  }

  /** Takes a checkpoint back when the process lives on: the trace is recorded as running again. */
  resume(): void {
    if (!this.#isEnded) this.#tools.sink.head(this.#head);
  }

  /** Ends the trace from outside: failed with a problem, cancelled without one. */
  abandon(problem: unknown): void {
    this.end(problem === undefined ? { status: "cancelled" } : { error: errorOf(problem) });
  }

  /** The innermost first, since the latest spans are inside the earlier ones. */
  #recordOpenSpans(status: TraceHead["status"]): void {
    for (const span of [...this.#open.values()].toReversed()) span.recordUnfinished(status);
  }
}

/** Labels, with the session, the user and the tags that their metadata names. */
const withNamed = (labels: TraceLabels): TraceLabels =>
  (labels.metadata ?? labels.tags) === undefined
    ? labels
    : completeLabels(labels, labelsOfMetadata(labels.metadata ?? {}));

const isReward = (start: { readonly kind: SpanKind }): start is SpanStart<"reward"> =>
  start.kind === "reward";

/** Refuses a reward that is not a finite number where it is given: the store would refuse it much later. */
function checkReward({ reward, rewardType, components = {} }: SpanStart<"reward">): void {
  for (const [part, got] of [[rewardType, reward] as const, ...Object.entries(components)]) {
    if (!Number.isFinite(got)) throw notFinite(part, got);
  }
}

const notFinite = (part: string, got: unknown): HoneError =>
  new HoneError("REWARD_INVALID", { part, got: String(got) });
