/** One call of an agent as a trace, or as a part of the trace around it. */
import type { JsonValue } from "../core/json.ts";
import type { PromptText } from "../core/span.ts";
import type { TraceStatus } from "../core/trace.ts";
import type { OpenSpan, OpenTrace, Tracer } from "../ports/tracer.ts";
import { agentResult } from "./agent-result.ts";
import { ChatRecorder } from "./chat-recorder.ts";
import { Cleaner } from "./cleaning/clean-json.ts";
import { type ResultObserver, observeResult } from "./observe-result.ts";
import { createRedaction } from "./cleaning/redaction.ts";
import { type ActiveTrace, activeTrace, sharedState } from "./trace-context.ts";
import { traceError } from "./cleaning/trace-error.ts";
import { warnOnce } from "./warn-once.ts";
import { safely } from "./safely.ts";

/** How the calls of an agent are recorded. */
export interface TracedOptions {
  /** Makes the traces. */
  readonly tracer: Tracer | (() => Tracer);
  /** The agent's name in the store. Default: its `agentId`, `id` or `name`, else its class's or function's name. */
  readonly agent?: string;
  readonly agentVersion?: string;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /** What the agent was asked to do. Default: the last message of the user, or the text of the first argument. */
  readonly task?: (...given: readonly unknown[]) => string;
  /** A trace of which nothing is seen for so long is closed as cancelled; the agent goes on. Default 900 seconds. */
  readonly idleSeconds?: number;
}

/** After an abort, how long an agent may take to end by itself. */
const abortGraceMs = 1000;

const defaultIdleSeconds = 900;

export interface AgentCall {
  readonly agent: object;
  readonly given: readonly unknown[];
  readonly run: () => unknown;
}

/** What the call returns, watched. What goes wrong in recording costs the agent nothing. */
export function traceCall(call: AgentCall, options: TracedOptions): unknown {
  const around = activeTrace();
  // A method that calls its class's own is one call.
  if (around?.agents.at(-1) === call.agent) return call.run();
  let recording: Recording;
  try {
    recording = new Recording(call, options, around);
  } catch (error) {
    warnOnce(error);
    return call.run();
  }
  let result: unknown;
  try {
    result = recording.inside(call.run);
  } catch (error) {
    recording.failed(error);
    throw error;
  }
  return observeResult(result, recording);
}

class Recording implements ResultObserver {
  readonly #active: ActiveTrace;
  readonly #trace: OpenTrace;
  readonly #ownsTrace: boolean;
  readonly #prompt: OpenSpan<"prompt">;
  readonly #recorder: ChatRecorder;
  readonly #signal: AbortSignal | undefined;
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;
  #seenAt = performance.now();
  #isOver = false;

  constructor(call: AgentCall, options: TracedOptions, around: ActiveTrace | undefined) {
    const name = nameOf(call.agent, options);
    this.#ownsTrace = around === undefined;
    this.#trace = around?.trace ?? openTrace(call, options, name);
    const parent =
      around?.span === undefined || around.span.id === "" ? {} : { parentId: around.span.id };
    this.#prompt = this.#trace.span({
      kind: "prompt",
      name: `chat ${name}`,
      // Some agents need to be told nothing.
      input: (call.given[0] ?? "") as PromptText,
      ...(around === undefined ? {} : { agent: name }),
      ...parent,
    });
    const prompt = this.#prompt;
    this.#recorder = new ChatRecorder(this.#trace, prompt);
    const agents = [...(around?.agents ?? []), call.agent];
    this.#active = { trace: this.#trace, span: prompt, agents };
    this.#signal = signalOf(call.given);
    this.#idleMs = 1000 * (options.idleSeconds ?? defaultIdleSeconds);
    this.#watch();
  }

  inside<T>(run: () => T): T {
    return sharedState().active.run(this.#active, run);
  }

  chunk(chunk: unknown): void {
    this.#seenAt = performance.now();
    safely(() => this.#recorder.chunk(chunk));
  }

  done(value: unknown): void {
    const { problem } = this.#recorder;
    if (problem !== undefined) return this.failed(problem.error);
    this.#end("completed", () => {
      const known = this.#recorder.finish();
      this.#prompt.end({ ...known, ...(this.#recorder.hasChunks ? {} : agentResult(value)) });
    });
  }

  stopped(): void {
    this.#end("cancelled", () => {
      const { attributes, ...known } = this.#recorder.finish();
      this.#prompt.end({
        ...known,
        attributes: { ...attributes, "hone.stopped": "by the consumer" },
      });
    });
  }

  failed(error: unknown): void {
    const isAbort =
      this.#signal?.aborted === true || (error as Error | null)?.name === "AbortError";
    this.#end(
      isAbort ? "cancelled" : "failed",
      () => this.#prompt.end({ ...this.#recorder.finish(), error: plainError(error) }),
      error,
    );
  }

  #end(status: TraceStatus, endSpans: () => void, error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#aborted);
    safely(endSpans);
    if (!this.#ownsTrace) return;
    const what = error === undefined ? {} : { error: plainError(error) };
    safely(() => this.#trace.end({ status, ...what }));
  }

  /** Closes the trace of an agent that gives no sign; its spans are closed with it, until they end after all. */
  #giveUp(message: string, type: string): void {
    if (this.#isOver || !this.#ownsTrace) return;
    const status: TraceStatus = "cancelled";
    safely(() => this.#trace.end({ status, error: { message, type } }));
  }

  #watch(): void {
    if (!this.#ownsTrace) return;
    this.#signal?.addEventListener("abort", this.#aborted, { once: true });
    this.#wait(this.#idleMs);
  }

  /** One timer for all chunks, which only note when they came. */
  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#seenAt + this.#idleMs - performance.now();
      if (left > 0) return this.#wait(left);
      const seconds = this.#idleMs / 1000;
      this.#giveUp(`Nothing was seen of the agent for ${seconds} s.`, "TraceDeadline");
    }, ms).unref();
  }

  readonly #aborted = (): void => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#giveUp("The call was aborted and the agent did not end.", "AbortError");
    }, abortGraceMs).unref();
  };
}

/** Redacted and cut where the span is made. */
const plainError = (error: unknown) => traceError(error, new Cleaner(createRedaction(false)));

function openTrace(call: AgentCall, options: TracedOptions, agent: string): OpenTrace {
  const { tracer, agentVersion, tags, metadata } = options;
  const known = typeof tracer === "function" ? tracer() : tracer;
  return known.trace({
    agent,
    task: options.task === undefined ? taskOf(call.given[0]) : options.task(...call.given),
    ...(agentVersion === undefined ? {} : { agentVersion }),
    ...(tags === undefined ? {} : { tags }),
    ...(metadata === undefined ? {} : { metadata }),
  });
}

function nameOf(agent: object, { agent: given }: TracedOptions): string {
  if (given !== undefined) return given;
  const { agentId, id, name } = agent as Readonly<Record<string, unknown>>;
  const own = [agentId, id, name].find((one) => typeof one === "string" && one !== "");
  const kind = Object.getPrototypeOf(agent) === null ? undefined : agent.constructor?.name;
  return (own as string | undefined) ?? (kind === "Object" || kind === undefined ? "agent" : kind);
}

/** Messages, a text, or a task with a field that says it. */
function taskOf(given: unknown): string {
  if (typeof given === "string") return given;
  if (Array.isArray(given)) {
    const asked = given.findLast((one) => (one as { role?: unknown } | null)?.role === "user") as
      | { content?: unknown }
      | undefined;
    return textOf(asked?.content ?? given.at(-1));
  }
  const { prompt, question, input, task, text } = (given ?? {}) as Readonly<
    Record<string, unknown>
  >;
  return textOf([prompt, question, input, task, text].find((one) => one !== undefined) ?? given);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    const texts = value.map((part) => (part as { text?: unknown } | null)?.text);
    return texts.filter((text) => typeof text === "string").join("\n");
  }
  const plain = new Cleaner(createRedaction(false)).json(value);
  return plain === null ? "" : JSON.stringify(plain);
}

/** The signal among a call's options. */
function signalOf(given: readonly unknown[]): AbortSignal | undefined {
  for (const one of given) {
    if (typeof one !== "object" || one === null) continue;
    const { signal, abortSignal } = one as { signal?: unknown; abortSignal?: unknown };
    if (signal instanceof AbortSignal) return signal;
    if (abortSignal instanceof AbortSignal) return abortSignal;
  }
  return undefined;
}
