/** Records one call of an agent as a trace, or as a part of the trace around it. */
import type { JsonValue } from "../core/json.ts";
import type { TraceLabels } from "../core/trace-labels.ts";
import type { PromptText } from "../core/span.ts";
import type { OpenSpan, OpenTrace, Tracer, TraceStart } from "../ports/tracer.ts";
import { agentResult } from "./agent-result.ts";
import { agentName, signalOf, taskOf } from "./call-facts.ts";
import { ChatRecorder } from "./chat-recorder.ts";
import { type ResultObserver, observeResult } from "./observe-result.ts";
import { safely } from "./safely.ts";
import { type ActiveTrace, activeTrace } from "./trace-context.ts";
import { errorOf } from "./cleaning/trace-error.ts";
import { type IdleLimit, type ScopeEnding, TraceScope } from "./trace-scope.ts";
import { warnOnce } from "./warn-once.ts";

/** Options of `withTraces`, `TracedAgent` and `TracedOrchestrator`: who makes the traces, and what they say of the agent. */
export interface TracedOptions {
  /** Makes the traces. */
  readonly tracer: Tracer | (() => Tracer);
  /** The agent's name in the store. Default: its `agentId`, `id` or `name`, else its class's or function's name. */
  readonly agent?: string;
  /** Which version of the agent it is: a release, a prompt's hash, a checkpoint. Default: none. */
  readonly agentVersion?: string;
  /** Tags of every trace. Default: none. */
  readonly tags?: readonly string[];
  /** Further facts of every trace. What they name as session or user (`sessionId`, `userId`, …) counts as such. Default: none. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /** The conversation that a call is a turn of, or what tells it from the call's arguments. Default: none. */
  readonly session?: string | ((...given: readonly unknown[]) => string | undefined);
  /** Whom the agent works for, or what tells it from the call's arguments. Default: none. */
  readonly user?: string | ((...given: readonly unknown[]) => string | undefined);
  /** Tells from a call's arguments what the agent was asked to do. Default: the last message of the user, or the text of the first argument. */
  readonly task?: (...given: readonly unknown[]) => string;
  /** Time without a chunk, in seconds, after which the trace is closed as cancelled; the agent goes on. Default 900. */
  readonly idleSeconds?: number;
  /** Called as a call begins, with its trace; for a call that is a part of a trace around it, with its span's id. Default: nothing. */
  readonly onCall?: ((trace: OpenTrace, part: string | undefined) => void) | undefined;
}

const defaultIdleSeconds = 900;

/** A call of an agent that is to be recorded. */
export interface AgentCall {
  readonly agent: object;
  /** The arguments of the call. */
  readonly given: readonly unknown[];
  /** Makes the call. */
  readonly run: () => unknown;
}

/**
 * Makes the call and records it. An error in the recording is a warning, and the call is made all the same.
 *
 * @returns what the call returns; a promise or a stream is wrapped, so that its values are seen as they pass
 */
export function traceCall(call: AgentCall, options: TracedOptions): unknown {
  const around = activeTrace();
  // A `chat` that calls `super.chat` is one call.
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
  readonly #scope: TraceScope;
  readonly #prompt: OpenSpan<"prompt">;
  readonly #recorder: ChatRecorder;
  readonly #signal: AbortSignal | undefined;
  #isOver = false;

  constructor(call: AgentCall, options: TracedOptions, around: ActiveTrace | undefined) {
    const agent = options.agent ?? agentName(call.agent);
    const signal = signalOf(call.given);
    this.#signal = signal;
    this.#scope = new TraceScope({
      tracer: options.tracer,
      around,
      start: () => traceStart(call, options, agent),
      labels: labelsOf(call, options),
      agent: call.agent,
      // A trace around the call is ended by the call that opened it.
      idle: around === undefined ? idleLimit(options) : undefined,
      abort:
        around === undefined && signal !== undefined
          ? { signal, ending: () => abortedEnding }
          : undefined,
    });
    this.#prompt = this.#scope.span({
      kind: "prompt",
      name: `chat ${agent}`,
      // Some agents take no input.
      input: (call.given[0] ?? "") as PromptText,
      ...this.#scope.spanAgent(agent),
    });
    this.#recorder = new ChatRecorder(this.#scope.trace, this.#prompt);
    const part = around === undefined ? undefined : this.#prompt.id;
    safely(() => options.onCall?.(this.#scope.trace, part));
  }

  inside<T>(run: () => T): T {
    return this.#scope.within(this.#prompt, run);
  }

  chunk(chunk: unknown): void {
    this.#scope.seen();
    safely(() => this.#recorder.chunk(chunk));
  }

  done(value: unknown): void {
    const { problem } = this.#recorder;
    if (problem !== undefined) return this.failed(problem.error);
    this.#end({ status: "completed" }, () => {
      const known = this.#recorder.finish();
      this.#prompt.end({ ...known, ...(this.#recorder.hasChunks ? {} : agentResult(value)) });
    });
  }

  stopped(): void {
    this.#end({ status: "cancelled" }, () => {
      const { attributes, ...known } = this.#recorder.finish();
      this.#prompt.end({
        ...known,
        attributes: { ...attributes, "hone.stopped": "by the consumer" },
      });
    });
  }

  failed(thrown: unknown): void {
    const isAbort =
      this.#signal?.aborted === true || (thrown as Error | null)?.name === "AbortError";
    const error = errorOf(thrown);
    this.#end({ status: isAbort ? "cancelled" : "failed", error }, () =>
      this.#prompt.end({ ...this.#recorder.finish(), error }),
    );
  }

  /** The trace may have been closed before, while the agent went on: then its spans end all the same. */
  #end(ending: ScopeEnding, endSpans: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    safely(endSpans);
    this.#scope.end(ending);
  }
}

/** How a trace is closed whose agent goes on after its call was aborted. */
const abortedEnding: ScopeEnding = {
  status: "cancelled",
  error: { message: "The call was aborted and the agent did not end.", type: "AbortError" },
};

function idleLimit({ idleSeconds = defaultIdleSeconds }: TracedOptions): IdleLimit {
  const message = `Nothing was seen of the agent for ${idleSeconds} s.`;
  const ending: ScopeEnding = { status: "cancelled", error: { message, type: "TraceDeadline" } };
  return { ms: 1000 * idleSeconds, ending };
}

function traceStart(call: AgentCall, options: TracedOptions, agent: string): TraceStart {
  const { agentVersion } = options;
  return {
    agent,
    task: safely(() => options.task?.(...call.given)) ?? taskOf(call.given[0]),
    ...(agentVersion === undefined ? {} : { agentVersion }),
  };
}

/** What the options say of session, user, tags and metadata; undefined for nothing, as with most agents. */
function labelsOf(call: AgentCall, options: TracedOptions): TraceLabels | undefined {
  const { session, user, tags, metadata } = options;
  const isEmpty = [session, user, tags, metadata].every((label) => label === undefined);
  if (isEmpty) return undefined;
  const told = (value: TracedOptions["session"]): string | undefined =>
    typeof value === "function" ? safely(() => value(...call.given)) : value;
  const labels = { session: told(session), user: told(user), tags, metadata };
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== undefined));
}
