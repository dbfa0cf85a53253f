/** What a person is asked to judge: traces to rate and pairs of traces to compare, without those judged before. */
import type { Feedback } from "../core/feedback.ts";
import { Random } from "../core/random.ts";
import type { Trace } from "../core/trace.ts";
import type { TraceFilter } from "../core/trace-query.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import { answerOf, promptOf } from "./trace-answer.ts";

/** A trace as it is shown to the person who judges it. */
export interface ShownTrace {
  readonly id: string;
  readonly task: string;
  /** The answer as text. Undefined for a trace without one. */
  readonly answer: string | undefined;
  /** Its tool calls in order; consecutive calls of one tool are one entry. */
  readonly tools: readonly ShownTool[];
}

export interface ShownTool {
  readonly name: string;
  readonly calls: number;
  readonly failed: number;
}

export interface RatingQuestion {
  /** Its place among the traces of the filter, from 1, and how many there are. */
  readonly place: number;
  readonly count: number;
  readonly trace: ShownTrace;
}

/** The traces of a filter that this author has not rated, in the order of their start. */
export async function* tracesToRate(
  store: TraceStore,
  author: string,
  filter: TraceFilter = {},
): AsyncGenerator<RatingQuestion, void> {
  const ids: string[] = [];
  for await (const { id } of store.summaries(filter)) ids.push(id);
  for (const [i, id] of ids.entries()) {
    const trace = await store.get(id);
    if (trace === undefined || isRatedBy(author, trace)) continue;
    yield { place: i + 1, count: ids.length, trace: shownTrace(trace) };
  }
}

export interface ComparisonQuestion {
  readonly first: ShownTrace;
  readonly second: ShownTrace;
}

/**
 * Pairs of traces of one task and one prompt that gave different answers and that this author has not compared. The seed
 * decides their order and which trace is shown first. As far as the tasks allow, every trace comes once before any comes again.
 */
export async function* pairsToCompare(
  store: TraceStore,
  author: string,
  { filter = {}, seed }: { readonly filter?: TraceFilter; readonly seed: number },
): AsyncGenerator<ComparisonQuestion, void> {
  for await (const [first, second] of comparablePairs(store, { filter, seed })) {
    if (isComparedBy(author, first, second.id)) continue;
    yield { first: shownTrace(first), second: shownTrace(second) };
  }
}

/** Pairs as `pairsToCompare` gives them, whoever has compared them. */
export async function* comparablePairs(
  store: TraceStore,
  { filter = {}, seed }: { readonly filter?: TraceFilter; readonly seed: number },
): AsyncGenerator<readonly [Trace, Trace], void> {
  for (const [a, b] of drawPairs(await tasksOf(store, filter), seed)) {
    const [first, second] = [await store.get(a), await store.get(b)];
    if (first === undefined || second === undefined || !canBeCompared(first, second)) continue;
    yield [first, second];
  }
}

async function tasksOf(store: TraceStore, filter: TraceFilter): Promise<string[][]> {
  const tasks = new Map<string, string[]>();
  for await (const { id, task, taskId } of store.summaries(filter)) {
    const key = taskId ?? task;
    const known = tasks.get(key);
    if (known === undefined) tasks.set(key, [id]);
    else known.push(id);
  }
  return [...tasks.values()];
}

/**
 * Every pair within a group, once. The ids of a group form a ring in random order. Round k pairs each id with the id k places
 * further, and the pairs of a round come in random order. Memory grows with the number of ids, not of pairs.
 */
function* drawPairs(groups: readonly string[][], seed: number): Generator<[string, string]> {
  const random = new Random("pairs to compare", seed);
  const rings = groups.map((ids) => random.shuffle(ids));
  const rounds = Math.max(0, ...rings.map((ring) => Math.floor(ring.length / 2)));
  for (let k = 1; k <= rounds; k++) {
    const pairs = rings.flatMap((ring) => {
      const distance = 2 * k;
      // At half the length of the ring, its second half would repeat the pairs of the first.
      const starts = distance < ring.length ? ring.length : distance === ring.length ? k : 0;
      return ring.slice(0, starts).map((id, i) => [id, ring[(i + k) % ring.length]!] as const);
    });
    for (const [a, b] of random.shuffle(pairs)) yield random.uniform() < 0.5 ? [a, b] : [b, a];
  }
}

function canBeCompared(a: Trace, b: Trace): boolean {
  const [one, other] = [answerOf(a), answerOf(b)];
  if (one === undefined || other === undefined) return false;
  const isSame = (x: unknown, y: unknown): boolean => JSON.stringify(x) === JSON.stringify(y);
  return !isSame(one, other) && isSame(promptOf(a), promptOf(b));
}

const saidBy = (author: string, { feedback = [] }: Trace): readonly Feedback[] =>
  feedback.filter((one) => one.author === author);

const isRatedBy = (author: string, trace: Trace): boolean =>
  saidBy(author, trace).some(({ kind }) => kind === "rating");

const isComparedBy = (author: string, trace: Trace, other: string): boolean =>
  saidBy(author, trace).some(
    (one) => one.kind === "comparison" && [one.first, one.second].includes(other),
  );

export function shownTrace(trace: Trace): ShownTrace {
  const tools: { name: string; calls: number; failed: number }[] = [];
  for (const span of trace.spans) {
    if (span.kind !== "tool") continue;
    const failed = span.error === undefined ? 0 : 1;
    const last = tools.at(-1);
    if (last?.name !== span.toolName) tools.push({ name: span.toolName, calls: 1, failed });
    else {
      last.calls++;
      last.failed += failed;
    }
  }
  const asked = promptOf(trace).findLast(({ role }) => role === "user")?.content ?? "";
  const task = trace.task === "" ? asked : trace.task;
  return { id: trace.id, task, answer: answerOf(trace)?.at(-1)?.content, tools };
}
