/**
 * Functions by which an app records what its own code does: `trace` around a whole try, and in it `span`, `tool`, `reward`
 * and `coordination`.
 *
 * Outside of a trace, the code runs and nothing is recorded. Results and errors pass through unchanged.
 */
import type { JsonValue } from "../core/json.ts";
import { ownToolReplay, replayableAttribute } from "../core/tool-replay.ts";
import type { RewardSource } from "../core/rollout.ts";
import type { SpanKind } from "../core/span.ts";
import type {
  OpenSpan,
  OpenTrace,
  SpanEnd,
  SpanStart,
  Tracer,
  TraceStart,
} from "../ports/tracer.ts";
import { silentSpan } from "./silent-trace.ts";
import { activeTrace, sharedState } from "./trace-context.ts";
import { errorOf } from "./cleaning/trace-error.ts";

/**
 * Runs code as a span of the current trace. Spans that the code starts are parts of this one. The span ends when the code
 * returns, or when its promise settles; an error is recorded and thrown on.
 *
 * @param start  the span's kind and what is known of it at its start
 * @param run  is given the open span, to end it with what becomes known, such as the output of a model call
 * @returns what `run` returns
 * @example
 * const text = await span({ kind: "prompt", input: question, model: "my-model" }, async (call) => {
 *   const answer = await ask(question);
 *   call.end({ output: answer });
 *   return answer;
 * });
 */
export function span<K extends SpanKind, T>(
  start: SpanStart<K> & { readonly kind: K },
  run: (span: OpenSpan<K>) => T,
): T {
  return runSpan(start, run, () => ({}));
}

/**
 * Runs a tool as a span of the current trace, which records its arguments, and its result or error. Where `hone improve` runs the
 * app again, the recording answers and `run` is not called, so `await` the result where the tool is asynchronous.
 *
 * @param name  of the tool
 * @param given  its arguments: any value; undefined is recorded as null
 * @param run  executes the tool
 * @returns what `run` returns
 * @example const pages = await tool("web_search", { query }, () => search(query));
 */
export function tool<T>(name: string, given: unknown, run: () => T): T {
  const start = {
    ...{ kind: "tool" as const, toolName: name, arguments: (given ?? null) as JsonValue },
    attributes: { [replayableAttribute]: true },
  };
  const answer = answeredRun(start, run);
  return runSpan<"tool", T>(start, answer, (result) => ({ result: (result ?? null) as JsonValue }));
}

ownToolReplay()?.onLoaded();

/** The tool's function, or in a process that replays one that gives the recorded result: a promise where the tool is an async function. */
function answeredRun<T>(
  {
    toolName: name,
    arguments: given,
  }: { readonly toolName: string; readonly arguments: JsonValue },
  run: () => T,
): () => T {
  const replay = ownToolReplay()?.replay;
  if (replay === undefined) return run;
  const answer = (): unknown => replay.answer({ name, arguments: given }, run);
  const isAsync = Object.prototype.toString.call(run) === "[object AsyncFunction]";
  // The recording holds what the tool returned.
  return (isAsync ? async () => answer() : answer) as () => T;
}

/** What may be known of a reward besides its number. */
export interface RewardFacts {
  /** What is rewarded: "tool", "answer_quality", … Default "reward". */
  readonly type?: string;
  /** Who gives it: "rule", "judge" or "human". Default: not said. */
  readonly source?: RewardSource;
  /** The parts that the reward was computed from, by their names. Default: none. */
  readonly components?: Readonly<Record<string, number>>;
  /** Why, in words. Default: not said. */
  readonly reason?: string;
  /** The id of the span it judges. Default: none. */
  readonly target?: string;
}

/**
 * Records a reward as a span of the current trace.
 *
 * @param value  a finite number; another one is not recorded and causes a warning of the process
 * @example reward(1, { type: "tool", reason: "three pages found" });
 */
export function reward(value: number, facts: RewardFacts = {}): void {
  const { type = "reward", target, ...rest } = facts;
  const to = target === undefined ? {} : { targetId: target };
  recordEvent({ kind: "reward", reward: value, rewardType: type, ...rest, ...to });
}

/**
 * Records an event among the agents of a team as a span of the current trace.
 *
 * @param name  of the event, such as "vote"
 * @param details  any value. Default null
 * @example coordination("vote", { for: "agent 2" });
 */
export function coordination(name: string, details: unknown = null): void {
  recordEvent({ kind: "coordination", event: name, details: details as JsonValue });
}

/** Records a span that ends when it starts. */
function recordEvent(start: SpanStart): void {
  activeTrace()?.trace.span(start).end();
}

/**
 * Runs code as a trace, which is completed when the code returns, or when its promise settles, and failed when it throws.
 *
 * @param tracer  such as that of `openTracing`
 * @param start  the agent's name and its task, and what else is known
 * @param run  is given the open trace
 * @returns what `run` returns
 * @example await trace(tracer, { agent: "planner", task: question }, () => plan(question));
 */
export function trace<T>(tracer: Tracer, start: TraceStart, run: (trace: OpenTrace) => T): T {
  const opened = tracer.trace(start);
  const failed = (error: unknown): never => {
    opened.end({ error: errorOf(error) });
    throw error;
  };
  return observe(
    () => tracer.within(opened, undefined, () => run(opened)),
    () => opened.end(),
    failed,
  );
}

function runSpan<K extends SpanKind, T>(
  start: SpanStart<K> & { readonly kind: K },
  run: (span: OpenSpan<K>) => T,
  known: (result: unknown) => SpanEnd<K>,
): T {
  const active = activeTrace();
  if (active === undefined) return run(silentSpan(""));
  const opened = active.trace.span<K>(start);
  const within = { ...active, span: opened };
  return observe(
    () => sharedState().active.run(within, () => run(opened)),
    (result) => opened.end(known(result)),
    (error) => {
      opened.fail(error);
      throw error;
    },
  );
}

/** Runs code and calls `done` or `failed` with its outcome: at once, or when its promise settles. */
function observe<T>(
  run: () => T,
  done: (result: unknown) => void,
  failed: (e: unknown) => never,
): T {
  let result: T;
  try {
    result = run();
  } catch (error) {
    return failed(error);
  }
  if (!(result instanceof Promise)) {
    done(result);
    return result;
  }
  return observePromise(result, done, failed) as T;
}

async function observePromise(
  result: Promise<unknown>,
  done: (result: unknown) => void,
  failed: (error: unknown) => never,
): Promise<unknown> {
  let value: unknown;
  try {
    value = await result;
  } catch (error) {
    return failed(error);
  }
  done(value);
  return value;
}
