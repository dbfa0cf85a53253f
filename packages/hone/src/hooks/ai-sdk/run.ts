/**
 * Records one call of the AI SDK: its model calls are prompt spans, the executions of its tools are tool spans beside them.
 *
 * `events-6.ts` and `events-7.ts` translate the SDK's events into calls of these methods.
 */
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { labelsOfMetadata } from "../../core/trace-labels.ts";
import type { OpenSpan, SpanEnd, SpanStart } from "../../ports/tracer.ts";
import { type ActiveTrace, activeTrace } from "../../recording/trace-context.ts";
import { errorOf } from "../../recording/cleaning/trace-error.ts";
import { type ScopeEnding, TraceScope } from "../../recording/trace-scope.ts";
import { isAbort } from "../aborts.ts";
import type { HookTools } from "../hook-tools.ts";
import type { SdkModelCall } from "../model-calls.ts";
import { OpenPrompt } from "./open-prompt.ts";
import type { SeenAnswer } from "./seen-answer.ts";

/** What is known of a call of the SDK at its start. */
export interface RunStart {
  /** The app's name for the call, where it gave one. */
  readonly agent: string | undefined;
  readonly task: string;
  /** The SDK's version. */
  readonly version: string | undefined;
  readonly metadata: JsonObject;
  /** False where the app told the SDK to leave its inputs or outputs out of telemetry: the raw bodies are left out too. */
  readonly keepsBodies: boolean;
  /** The app's abort signal, where the SDK tells it. */
  readonly signal: AbortSignal | undefined;
  /** True where the SDK reports no aborts, so that the signal has to be watched. Default false. */
  readonly watchesSignal?: boolean;
}

type PromptStart = Omit<SpanStart<"prompt">, "kind" | "parentId" | "agent">;

export class AiSdkRun {
  readonly #tools: HookTools;
  readonly #scope: TraceScope;
  readonly #start: RunStart;
  readonly #executions = new Map<string, OpenSpan<"tool">>();
  readonly #onEnd: () => void;
  #prompt: OpenPrompt | undefined;
  /** Attempts at model calls whose results are awaited. */
  #awaited = 0;
  #isOver = false;

  /** @param onEnd  called once, when the call is over */
  constructor(tools: HookTools, start: RunStart, onEnd: () => void = () => undefined) {
    const { signal, watchesSignal = false } = start;
    this.#tools = tools;
    this.#start = start;
    this.#onEnd = onEnd;
    const ending = (): ScopeEnding => ({ status: "cancelled", error: errorOf(signal?.reason) });
    this.#scope = new TraceScope({
      tracer: tools.tracer,
      around: activeTrace(),
      start: () => traceStart(start, tools.agent),
      labels: labelsOfMetadata(start.metadata),
      idle: { isWorking: () => this.#executions.size > 0 || this.#awaited > 0 },
      abort: watchesSignal && signal !== undefined ? { signal, ending } : undefined,
      endsAtExit: true,
      onAbandon: (given) => this.#abandon(given),
      onCrash: () => this.endPromptEarly({}),
    });
  }

  /** Starts a model call; while one runs, a retry reuses its span. Returns undefined once the run has ended. */
  beginPrompt(start: PromptStart): SdkModelCall | undefined {
    if (this.#isOver) return undefined;
    this.#scope.seen();
    if (this.#prompt !== undefined) return this.#prompt.call;
    this.#scope.resume();
    const span = this.#scope.span({
      ...start,
      kind: "prompt",
      ...this.#scope.spanAgent(this.#start.agent),
    });
    this.#prompt = new OpenPrompt(span, this.#tools.calls, this.#start.keepsBodies);
    return this.#prompt.call;
  }

  /** Runs one attempt at the model call. */
  async attempt<T>(execute: () => PromiseLike<T>): Promise<T> {
    const prompt = this.#prompt;
    if (prompt === undefined) return execute();
    this.#awaited++;
    try {
      return await prompt.attempt(this.#scope, execute);
    } finally {
      this.#awaited--;
      this.#scope.seen();
    }
  }

  /** From now on the answer is seen as it comes, and kept in case that the call ends early. */
  watch(seen: SeenAnswer): void {
    if (this.#prompt === undefined) seen.release();
    else this.#prompt.watch(seen);
  }

  /** Attempts at the running model call. */
  get attempts(): number {
    return this.#prompt?.attempts ?? 0;
  }

  /** Adds attributes to the running model call. */
  describe(attributes: Readonly<Record<string, JsonValue>>): void {
    this.#prompt?.set(attributes);
  }

  /** True while a model call runs. */
  get isCalling(): boolean {
    return this.#prompt !== undefined;
  }

  /** Ends the running model call. */
  endPrompt(known: SpanEnd<"prompt">, responseId?: string): void {
    this.#takePrompt()?.end(known, responseId);
  }

  /** Ends the running model call, if there is one, with what was seen of its answer. */
  endPromptEarly(known: SpanEnd<"prompt">): void {
    this.#takePrompt()?.endEarly(known);
  }

  failPrompt(error: unknown): void {
    this.endPromptEarly({ error: errorOf(error) });
  }

  #takePrompt(): OpenPrompt | undefined {
    this.#scope.seen();
    const prompt = this.#prompt;
    this.#prompt = undefined;
    return prompt;
  }

  beginTool(callId: string, toolName: string, given: unknown): void {
    if (this.#isOver) return;
    this.#scope.seen();
    this.#executions.set(callId, this.#tool({ toolName, callId, arguments: jsonOf(given) }));
  }

  /** Runs a tool so that everything recorded in it belongs under its span. */
  insideTool<T>(callId: string, execute: () => T): T {
    const span = this.#executions.get(callId);
    return span === undefined ? execute() : this.#scope.within(span, execute);
  }

  /** Where the code of a running tool is, for SDKs that do not let it be run by `insideTool`. */
  placeOf(callId: string): ActiveTrace | undefined {
    const span = this.#executions.get(callId);
    return span && this.#scope.place(span);
  }

  endTool(callId: string, known: { readonly result: unknown } | { readonly error: unknown }): void {
    this.#scope.seen();
    const span = this.#executions.get(callId);
    this.#executions.delete(callId);
    if ("error" in known) span?.fail(known.error);
    else span?.end({ result: jsonOf(known.result) });
  }

  /** Records a tool that the provider ran: it becomes known with the answer only. */
  providerTool(part: { callId: string; name: string; given: unknown; result: unknown }): void {
    if (this.#isOver) return;
    const { callId, name, given, result } = part;
    const attributes = { "ai.tool.provider_executed": true };
    const start = { toolName: name, callId, arguments: given as JsonValue, attributes };
    this.#tool(start).end({ result: result as JsonValue });
  }

  #tool(start: Omit<SpanStart<"tool">, "kind" | "parentId" | "agent">): OpenSpan<"tool"> {
    const agent = this.#scope.spanAgent(this.#start.agent);
    return this.#scope.span({ ...start, kind: "tool", ...agent });
  }

  /** Records something that happened between model calls, such as a request for approval. */
  event(event: string, details: JsonValue): void {
    if (this.#isOver) return;
    const agent = this.#scope.spanAgent(this.#start.agent);
    this.#scope.span({ kind: "coordination", event, details, ...agent }).end();
  }

  /** Ends the call with everything in it that still runs; only the first call counts. */
  end(status: ScopeEnding["status"], error?: unknown): void {
    this.#end({ status, ...(error === undefined ? {} : { error: errorOf(error) }) });
  }

  /** Ends the call with an error that reached the app; an error by which the app itself stopped the call is no failure. */
  fail(error: unknown): void {
    this.#end(this.#endingOf(error));
  }

  /** The call ends like this in a second, unless the SDK begins another model call or reports another end before. */
  endSoon(error?: unknown): void {
    this.#scope.endSoon(error === undefined ? { status: "cancelled" } : this.#endingOf(error));
  }

  isAbort(error: unknown): boolean {
    return isAbort(error, this.#start.signal);
  }

  #endingOf(error: unknown): ScopeEnding {
    return { status: this.isAbort(error) ? "cancelled" : "failed", error: errorOf(error) };
  }

  #abandon(ending: ScopeEnding): void {
    if (this.isCalling && ending.error === undefined) {
      this.endPromptEarly({ attributes: { "hone.stopped": "not read to its end" } });
    }
    this.#end(ending);
  }

  #end(ending: ScopeEnding): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.endPromptEarly(ending.error === undefined ? {} : { error: ending.error });
    this.#onEnd();
    this.#scope.end(ending);
  }
}

function traceStart({ agent, task, version }: RunStart, defaultAgent: string) {
  return {
    agent: agent ?? defaultAgent,
    task,
    tags: ["ai-sdk"],
    metadata: { sdk: { name: "ai", ...(version === undefined ? {} : { version }) } },
  };
}

const jsonOf = (value: unknown): JsonValue => (value ?? null) as JsonValue;
