/** Turns the traces and spans of OpenAI Agents JS into recorded ones, as they start and end. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { ActiveTrace } from "../../recording/trace-context.ts";
import type { HookTools } from "../hook-tools.ts";
import type { SdkModelCall } from "../model-calls.ts";
import type { AgentsSpan } from "./spans.ts";
import {
  type AgentsTrace,
  AgentsTraceRecorder,
  type KnownSpan,
  type RunStart,
} from "./trace-recorder.ts";

export class AgentsRecorder {
  /** The run of an agent whose code runs. */
  readonly runs = new AsyncLocalStorage<RunStart>();
  /** The request of the model whose code runs. */
  readonly requests = new AsyncLocalStorage<unknown>();
  readonly #tools: HookTools;
  readonly #traces = new Map<string, AgentsTraceRecorder>();
  readonly #spans = new WeakMap<AgentsSpan, KnownSpan>();
  version = "";

  constructor(tools: HookTools) {
    this.#tools = tools;
  }

  traceStarted(trace: AgentsTrace): void {
    if (isSilent(trace.traceId) || this.#traces.has(trace.traceId)) return;
    this.#begin(trace);
  }

  traceEnded(traceId: string): void {
    const trace = this.#traces.get(traceId);
    this.#traces.delete(traceId);
    trace?.end();
  }

  spanStarted(span: AgentsSpan): void {
    // Where a processor contains another one, every event comes twice.
    if (isSilent(span.traceId) || this.#spans.has(span)) return;
    const known = this.#traces.get(span.traceId);
    // The trace may have begun in another process, or before its run was interrupted.
    const trace = known ?? this.#begin({ traceId: span.traceId }, true);
    this.#spans.set(span, trace.start(span, this.runs.getStore(), this.requests.getStore()));
  }

  spanEnded(span: AgentsSpan): void {
    const trace = this.#traces.get(span.traceId);
    // A span may outlive its trace, so it is found by the object; the SDK may have copied it, so else by its id.
    const known = this.#spans.get(span) ?? trace?.spans.get(span.spanId);
    if (known === undefined) return;
    this.#spans.delete(span);
    known.trace.finish(span, known);
    if (trace?.isAdopted === true && trace.spans.size === 0) this.traceEnded(span.traceId);
  }

  /** Where code belongs that runs in this span of the SDK. */
  place(traceId: string, spanId: string | undefined): ActiveTrace | undefined {
    return this.#traces.get(traceId)?.place(spanId, this.runs.getStore());
  }

  /** The model call that this span of the SDK records, if it records one. */
  call(traceId: string, spanId: string): SdkModelCall | undefined {
    const known = this.#traces.get(traceId)?.spans.get(spanId);
    return known?.kind === "prompt" ? known.call : undefined;
  }

  #begin(trace: AgentsTrace, isAdopted = false): AgentsTraceRecorder {
    const begun = new AgentsTraceRecorder(trace, {
      isAdopted,
      run: this.runs.getStore(),
      tools: this.#tools,
      facts: { sdk: { name: "openai-agents", version: this.version } },
      onEnd: () => this.traceEnded(trace.traceId),
    });
    this.#traces.set(trace.traceId, begun);
    return begun;
  }
}

/** True for the id of every trace and span while the SDK's tracing is off. */
const isSilent = (id: string): boolean => id === "no-op";
