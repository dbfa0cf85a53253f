/**
 * One call of the AI SDK as a trace, or as a part of the trace around it: its model calls are prompt spans, the executions of
 * its tools are tool spans beside them.
 *
 * Which events tell of them is the business of those who call this: `events-6.ts` and `events-7.ts`.
 */
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { TraceStatus } from "../../core/trace.ts";
import type { OpenSpan, OpenTrace, SpanEnd, SpanStart } from "../../ports/tracer.ts";
import { Cleaner } from "../../recording/cleaning/clean-json.ts";
import { createRedaction } from "../../recording/cleaning/redaction.ts";
import { activeTrace } from "../../recording/trace-context.ts";
import { traceError } from "../../recording/cleaning/trace-error.ts";
import type { OpenRuns } from "./open-runs.ts";
import { isAbort } from "../aborts.ts";
import type { HookTools } from "../hook-tools.ts";
import type { SdkModelCall } from "../model-calls.ts";
import { safely } from "../../recording/safely.ts";
import { withoutBodies } from "../without-bodies.ts";
import type { SeenAnswer } from "./seen-answer.ts";

/** A call of which nothing is heard for so long is over: a consumer that reads no further gives no sign. */
const idleMs = 900_000;

/** While a tool or a model works, silence is no sign; of one that never ends nothing is kept for longer. */
const workingMs = 86_400_000;

/** After a sign of the end, how long the SDK may take to say more, or to go on after all. */
const graceMs = 1000;

/** What the start of the SDK's call says of the trace. */
export interface RunStart {
  /** The app's name for the call, where it gave one. */
  readonly agent: string | undefined;
  readonly task: string;
  readonly version: string | undefined;
  readonly metadata: JsonObject;
  /** False where the app told the SDK to leave its inputs or outputs out of telemetry: the raw bodies are left out too. */
  readonly keepsBodies: boolean;
  /** The app's own, where the SDK tells it. */
  readonly signal: AbortSignal | undefined;
}

/** A model call that runs. */
interface OpenPrompt {
  readonly span: OpenSpan<"prompt">;
  readonly call: SdkModelCall;
  readonly failures: string[];
  attempts: number;
  /** What is seen of the answer while it comes. */
  seen: SeenAnswer | undefined;
}

/** What a run is made with. */
export interface RunTools extends HookTools {
  readonly runs: OpenRuns;
}

type PromptStart = Omit<SpanStart<"prompt">, "kind" | "parentId" | "agent">;

export class AiSdkRun {
  readonly #tools: RunTools;
  readonly #trace: OpenTrace;
  readonly #ownsTrace: boolean;
  readonly #place: { readonly parentId?: string; readonly agent?: string };
  readonly #keepsBodies: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #executions = new Map<string, OpenSpan<"tool">>();
  readonly #ended: () => void;
  #prompt: OpenPrompt | undefined;
  /** Attempts whose results are awaited. */
  #awaited = 0;
  #timer: NodeJS.Timeout | undefined;
  #graceTimer: NodeJS.Timeout | undefined;
  /** How it ends if nothing more is heard. */
  #likely: { readonly status: TraceStatus; readonly error?: unknown } = { status: "cancelled" };
  #seenAt = performance.now();
  #isOver = false;

  /** @param ended  hears once that nothing more is to come */
  constructor(tools: RunTools, start: RunStart, ended: () => void) {
    const { agent, task, version, metadata } = start;
    const around = activeTrace();
    this.#tools = tools;
    this.#ended = ended;
    tools.runs.watchExit();
    this.#ownsTrace = around === undefined;
    this.#keepsBodies = start.keepsBodies;
    this.#signal = start.signal;
    const parentId = around?.span?.id;
    this.#place = {
      ...(parentId === undefined || parentId === "" ? {} : { parentId }),
      ...(around === undefined || agent === undefined ? {} : { agent }),
    };
    this.#trace =
      around?.trace ??
      tools.tracer.trace({
        agent: agent ?? tools.agent,
        task,
        tags: ["ai-sdk"],
        metadata: {
          ...(metadata as Readonly<Record<string, JsonValue>>),
          sdk: { name: "ai", ...(version === undefined ? {} : { version }) },
        },
      });
    tools.runs.add(this);
    this.#wait(idleMs);
  }

  /** A model call begins. Another attempt at the one that runs is no new one; after the end there is none. */
  beginPrompt(start: PromptStart): SdkModelCall | undefined {
    if (this.#isOver) return undefined;
    this.#seen();
    if (this.#prompt !== undefined) return this.#prompt.call;
    clearTimeout(this.#graceTimer);
    this.#likely = { status: "cancelled" };
    const span = this.#start({ ...start, kind: "prompt" });
    const call = this.#tools.calls.begin(this.#keepsBodies ? span : withoutBodies(span));
    this.#prompt = { span, call, failures: [], attempts: 0, seen: undefined };
    return call;
  }

  /** Runs one attempt at the model call: requests in it belong to it, spans started in it belong under it. */
  async attempt<T>(execute: () => PromiseLike<T>): Promise<T> {
    const prompt = this.#prompt;
    if (prompt === undefined) return execute();
    prompt.attempts++;
    this.#awaited++;
    const { tracer, calls } = this.#tools;
    try {
      return await tracer.within(this.#trace, prompt.span, () =>
        calls.within(prompt.call, execute),
      );
    } catch (error) {
      safely(() => prompt.failures.push(plainError(error).message));
      throw error;
    } finally {
      this.#awaited--;
      this.#seen();
    }
  }

  /** From now on the answer is seen as it comes; of a call that ends early that much is kept. */
  watch(seen: SeenAnswer): void {
    if (this.#prompt === undefined) return seen.release();
    this.#prompt.seen?.release();
    this.#prompt.seen = seen;
  }

  /** Attempts at the model call that runs. */
  get attempts(): number {
    return this.#prompt?.attempts ?? 0;
  }

  /** More about the model call that runs. */
  describe(attributes: Readonly<Record<string, JsonValue>>): void {
    this.#prompt?.span.set(attributes);
  }

  get isCalling(): boolean {
    return this.#prompt !== undefined;
  }

  endPrompt(known: SpanEnd<"prompt">, responseId?: string): void {
    this.#seen();
    const prompt = this.#prompt;
    this.#prompt = undefined;
    if (prompt === undefined) return;
    const attributes = { ...attemptsOf(prompt), ...known.attributes };
    prompt.span.end({ ...prompt.seen?.known(), ...known, attributes });
    prompt.seen?.release();
    prompt.call.end(responseId);
  }

  /** Ends the model call that runs, if one does, with what was seen of its answer. */
  breakPrompt(known: SpanEnd<"prompt">): void {
    const partial = this.#prompt?.seen?.known() ?? {};
    const id = partial.attributes?.["gen_ai.response.id"];
    const attributes = { ...partial.attributes, ...known.attributes };
    this.endPrompt({ ...partial, ...known, attributes }, typeof id === "string" ? id : undefined);
  }

  failPrompt(error: unknown): void {
    this.breakPrompt({ error: plainError(error) });
  }

  beginTool(callId: string, toolName: string, given: unknown): void {
    if (this.#isOver) return;
    this.#seen();
    const known = { toolName, callId, arguments: (given ?? null) as JsonValue };
    const span = this.#start({ ...known, kind: "tool" });
    this.#executions.set(callId, span);
  }

  /** Runs a tool so that everything recorded in it belongs under its span. */
  insideTool<T>(callId: string, execute: () => T): T {
    const span = this.#executions.get(callId);
    if (span === undefined) return execute();
    return this.#tools.tracer.within(this.#trace, span, execute);
  }

  /** Where the code of a tool is, for those who cannot run it `insideTool`. */
  placeOf(callId: string): { readonly trace: OpenTrace; readonly span: OpenSpan } | undefined {
    const span = this.#executions.get(callId);
    return span && { trace: this.#trace, span: span };
  }

  endTool(callId: string, known: { readonly result: unknown } | { readonly error: unknown }): void {
    this.#seen();
    const span = this.#executions.get(callId);
    this.#executions.delete(callId);
    if ("error" in known) span?.fail(known.error);
    else span?.end({ result: (known.result ?? null) as JsonValue });
  }

  /** A tool that the provider ran itself: it is known with the answer only. */
  providerTool(part: { callId: string; name: string; given: unknown; result: unknown }): void {
    if (this.#isOver) return;
    const start = { toolName: part.name, callId: part.callId, arguments: part.given as JsonValue };
    const attributes = { "ai.tool.provider_executed": true };
    this.#start({ ...start, kind: "tool", attributes }).end({ result: part.result as JsonValue });
  }

  event(event: string, details: JsonValue): void {
    if (this.#isOver) return;
    this.#start({ kind: "coordination", event, details }).end();
  }

  /** Ends what still runs, and the trace where it is this call's own; only the first call counts. */
  end(status: TraceStatus, error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#graceTimer);
    if (error === undefined) this.breakPrompt({});
    else this.failPrompt(error);
    this.#tools.runs.delete(this);
    this.#ended();
    if (!this.#ownsTrace) return;
    this.#trace.end({ status, ...(error === undefined ? {} : { error: plainError(error) }) });
  }

  /** Ends it so, unless the SDK goes on with another model call or says itself how it ended. */
  endSoon(status: TraceStatus, error?: unknown): void {
    clearTimeout(this.#graceTimer);
    this.#likely = { status, error };
    this.#graceTimer = setTimeout(() => this.leave(), graceMs).unref();
  }

  /** Ends it as far as it is known: nothing more is to be heard. */
  leave(): void {
    const { status, error } = this.#likely;
    if (this.isCalling && error === undefined) {
      this.breakPrompt({ attributes: { "hone.stopped": "not read to its end" } });
    }
    this.end(status, error);
  }

  /** An error that reached the app; one by which the app stopped the call is no failure. */
  fail(error: unknown): void {
    this.end(this.isAbort(error) ? "cancelled" : "failed", error);
  }

  isAbort(error: unknown): boolean {
    return isAbort(error, this.#signal);
  }

  /** Outside of whatever runs where the SDK tells its events: the place of a span is this call's. */
  #start<K extends "prompt" | "tool" | "coordination">(
    start: SpanStart<K> & { readonly kind: K },
  ): OpenSpan<K> {
    return this.#tools.tracer.within(this.#trace, undefined, () =>
      this.#trace.span<K>({ ...start, ...this.#place }),
    );
  }

  #seen(): void {
    this.#seenAt = performance.now();
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      const isWorking = this.#executions.size > 0 || this.#awaited > 0;
      const left = this.#seenAt + (isWorking ? workingMs : idleMs) - performance.now();
      if (left > 0) this.#wait(Math.min(left, idleMs));
      else this.leave();
    }, ms).unref();
  }
}

/** What was tried before the call was answered or given up. */
function attemptsOf({ attempts, failures }: OpenPrompt): Readonly<Record<string, JsonValue>> {
  if (attempts < 2) return {};
  return { "ai.attempts": attempts, "ai.attempts.failed": failures };
}

/** Redacted and cut where the span is made. */
const plainError = (error: unknown) => traceError(error, new Cleaner(createRedaction(false)));
