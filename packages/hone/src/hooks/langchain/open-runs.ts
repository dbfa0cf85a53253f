/** What LangChain is running, by its ids, grouped by the outermost run that it is in. */
import type { OpenSpan, OpenTrace } from "../../ports/tracer.ts";
import type { ActiveTrace } from "../../recording/trace-context.ts";
import type { SdkModelCall } from "../model-calls.ts";
import type { PartialAnswer } from "./partial-answer.ts";

/** A group of which nothing is heard for so long is over: a reader that is gone gives no sign. */
const idleMs = 900_000;

/** An outermost run with all that runs in it. */
export interface RunGroup {
  readonly trace: OpenTrace;
  /** False in a trace of somebody else, who ends it. */
  readonly ownsTrace: boolean;
  readonly around: ActiveTrace | undefined;
  /** Of the runs that are open. */
  readonly ids: Set<string>;
  seenAt: number;
}

/** The chains that began in one stream and are open. */
export type ChainScope = Set<string>;

export interface Run {
  readonly group: RunGroup;
  /** True for the outermost. */
  readonly isRoot: boolean;
  /** The innermost span it is in, its own included. */
  readonly span: OpenSpan | undefined;
  readonly prompt?: OpenSpan<"prompt">;
  readonly tool?: OpenSpan<"tool">;
  readonly call?: SdkModelCall;
  /** Of a model's stream: what came so far. */
  readonly answer?: PartialAnswer | undefined;
  readonly scope?: ChainScope | undefined;
  /** With which whoever asked can say that no answer is wanted any more. */
  readonly signal?: AbortSignal | undefined;
}

export class OpenRuns {
  readonly #runs = new Map<string, Run>();
  readonly #groups = new Set<RunGroup>();
  readonly #leave: (id: string) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param leave  ends a run of which nothing more will be heard; called for all of a group, the innermost first */
  constructor(leave: (id: string) => void) {
    this.#leave = leave;
  }

  /** Runs that are open, for tests. */
  get size(): number {
    return this.#runs.size;
  }

  add(id: string, run: Run): void {
    const { group } = run;
    this.#runs.set(id, run);
    group.ids.add(id);
    group.seenAt = performance.now();
    this.#groups.add(group);
    this.#timer ??= this.#wait(idleMs);
  }

  get(id: string): Run | undefined {
    return this.#runs.get(id);
  }

  /** Something of the run was heard. */
  seen(id: string): void {
    const group = this.#runs.get(id)?.group;
    if (group !== undefined) group.seenAt = performance.now();
  }

  delete(id: string): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    const { group, scope } = run;
    this.#runs.delete(id);
    scope?.delete(id);
    group.ids.delete(id);
    group.seenAt = performance.now();
    if (group.ids.size > 0) return;
    this.#groups.delete(group);
    if (this.#groups.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#sweep(), ms).unref();
  }

  #sweep(): void {
    const now = performance.now();
    for (const group of [...this.#groups]) {
      if (now - group.seenAt < idleMs) continue;
      // A tool says when it is done, however long it takes: a person is asked, a machine is trained.
      if ([...group.ids].some((id) => this.#runs.get(id)?.tool !== undefined)) continue;
      for (const id of [...group.ids].toReversed()) this.#leave(id);
    }
    let next = idleMs;
    for (const { seenAt } of this.#groups) {
      const left = seenAt + idleMs - now;
      if (left > 0) next = Math.min(next, left);
    }
    this.#timer = this.#groups.size === 0 ? undefined : this.#wait(next);
  }
}
