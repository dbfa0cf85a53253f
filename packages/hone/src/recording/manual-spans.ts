/**
 * Records what code does by hand: `span`, `tool`, `reward` and `coordination` in the trace that runs, `trace` around one.
 *
 * Outside of a trace the code runs all the same and nothing is recorded. Results and errors pass through unchanged.
 */
import type { JsonValue } from "../core/json.ts";
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
 * Runs code as one span of the trace that runs: spans started in it belong under it, an error ends it and is thrown on.
 * @example await span({ kind: "prompt", input: question, model: "my-model" }, async (s) => { const text = await ask(question); s.end({ output: text }); return text; });
 */
export function span<K extends SpanKind, T>(
  start: SpanStart<K> & { readonly kind: K },
  run: (span: OpenSpan<K>) => T,
): T {
  return runSpan(start, run, () => ({}));
}

/**
 * Runs a tool and records its arguments and its result or error.
 * @example const pages = await tool("web_search", { query }, () => search(query));
 */
export function tool<T>(name: string, given: unknown, run: () => T): T {
  const start = { kind: "tool" as const, toolName: name, arguments: (given ?? null) as JsonValue };
  return runSpan<"tool", T>(start, run, (result) => ({ result: (result ?? null) as JsonValue }));
}

/** What is known of a reward besides its number. */
export interface RewardFacts {
  /** What is rewarded: "tool", "answer_quality", … Default "reward". */
  readonly type?: string;
  readonly source?: RewardSource;
  readonly components?: Readonly<Record<string, number>>;
  readonly reason?: string;
  /** The id of the span it judges. */
  readonly target?: string;
}

/** Records a reward in the trace that runs. @example reward(1, { type: "tool", reason: "three pages found" }); */
export function reward(value: number, facts: RewardFacts = {}): void {
  const { type = "reward", target, ...rest } = facts;
  const to = target === undefined ? {} : { targetId: target };
  event({ kind: "reward", reward: value, rewardType: type, ...rest, ...to });
}

/** Records what agents of a team did to each other. @example coordination("vote", { for: "agent 2" }); */
export function coordination(name: string, details: unknown = null): void {
  event({ kind: "coordination", event: name, details: details as JsonValue });
}

function event(start: SpanStart): void {
  activeTrace()?.trace.span(start).end();
}

/**
 * Runs code as one trace: completed when it returns, failed when it throws.
 * @example await trace(tracer, { agent: "planner", task: question }, () => plan(question));
 */
export function trace<T>(tracer: Tracer, start: TraceStart, run: (trace: OpenTrace) => T): T {
  const opened = tracer.trace(start);
  const failed = (error: unknown): never => {
    opened.end({ error: errorOf(error) });
    throw error;
  };
  return settle(
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
  return settle(
    () => sharedState().active.run(within, () => run(opened)),
    (result) => opened.end(known(result)),
    (error) => {
      opened.fail(error);
      throw error;
    },
  );
}

/** The result of `run`, seen by `done` or `failed` when it is there: now, or when its promise settles. */
function settle<T>(
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
  return settleLater(result, done, failed) as T;
}

async function settleLater(
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
