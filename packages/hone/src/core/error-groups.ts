/** Errors that say the same in groups: by their code or type, and their message without what differs from one time to the next. */
import type { Failure } from "./failure.ts";
import { compareText } from "./text-order.ts";

/** One place where an error of a group happened. */
export interface ErrorSample {
  readonly traceId: string;
  readonly spanId?: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** Errors that say the same. */
export interface ErrorGroup {
  /** The code or type, and the message with its numbers, ids, paths and quoted words taken out. */
  readonly key: string;
  /** How often it happened, and in how many traces. */
  readonly count: number;
  readonly traces: number;
  /** Unix milliseconds of the first and the last time. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** What failed (tools, models, "trace"), each once, at most a few. */
  readonly where: readonly string[];
  readonly agents: readonly string[];
  /** The message of the last time, as it was. */
  readonly message: string;
  /** The last times, the newest first, each of another trace. */
  readonly samples: readonly ErrorSample[];
}

/** Names and samples that a group keeps. */
const KEPT = 5;

/** What differs in messages that say the same, and what stands in its place. */
const varying: readonly (readonly [RegExp, string])[] = [
  [/\bhttps?:\/\/[^\s"'<>)]+/g, "<url>"],
  [/"[^"\n]{1,200}"|'[^'\n]{1,200}'|`[^`\n]{1,200}`/g, "<text>"],
  [/(?:[A-Za-z]:)?(?:[\\/][\w.@+-]+){2,}/g, "<path>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<id>"],
  [/\b(?=\w*\d)[\w-]*[0-9a-f]{8,}\w*\b/gi, "<id>"],
  [/-?\b\d+(?:[.,:]\d+)*/g, "<n>"],
];

/** Characters of a message that decide its group. */
const COMPARED = 400;

/**
 * The group of an error.
 * @example errorKey({ message: "timed out after 3021 ms", code: "ETIMEDOUT" }); // "ETIMEDOUT: timed out after <n> ms"
 */
export function errorKey({ code, type, message }: Failure["error"]): string {
  const [line = ""] = message.slice(0, COMPARED).split("\n");
  const said = varying.reduce((text, [what, sign]) => text.replaceAll(what, sign), line).trim();
  return [code ?? type, said].filter((part) => part !== undefined && part !== "").join(": ");
}

/**
 * The groups of errors, the most frequent first. An error of a trace that one of its spans has, too, counts once.
 * @param failures  as `TraceStore.failures` gives them: those of a trace one after the other, its own first
 */
export async function errorGroups(
  failures: AsyncIterable<Failure>,
): Promise<readonly ErrorGroup[]> {
  const groups = new Map<string, GroupInMaking>();
  /** The trace's own error, until it is known whether a span has it. */
  let own: Failure | undefined;
  let ownKey = "";
  const addOwn = (): void => {
    if (own !== undefined) add(groups, ownKey, own);
    own = undefined;
  };
  for await (const failure of failures) {
    const key = errorKey(failure.error);
    if (own !== undefined && own.traceId !== failure.traceId) addOwn();
    if (failure.spanId === undefined) {
      [own, ownKey] = [failure, key];
      continue;
    }
    if (own !== undefined && key === ownKey) own = undefined;
    add(groups, key, failure);
  }
  addOwn();
  return [...groups.values()]
    .map(finished)
    .toSorted((a, b) => b.count - a.count || compareText(a.key, b.key));
}

/** A group while errors are added to it. */
interface GroupInMaking {
  readonly key: string;
  count: number;
  traces: number;
  lastTrace: string;
  firstAt: number;
  lastAt: number;
  message: string;
  readonly where: Set<string>;
  readonly agents: Set<string>;
  samples: readonly ErrorSample[];
}

function add(groups: Map<string, GroupInMaking>, key: string, failure: Failure): void {
  const group = groups.get(key) ?? emptyGroup(key);
  groups.set(key, group);
  const { traceId, spanId, at, error, agent } = failure;
  group.count++;
  group.firstAt = Math.min(group.firstAt, at);
  if (at >= group.lastAt) [group.lastAt, group.message] = [at, error.message];
  keep(group.where, whereOf(failure));
  keep(group.agents, agent);
  if (group.lastTrace === traceId) return;
  group.lastTrace = traceId;
  group.traces++;
  const sample = { traceId, ...(spanId === undefined ? {} : { spanId }), at };
  // Traces come in the order of their start, so the last ones are the newest.
  group.samples = [...group.samples, sample].slice(-KEPT);
}

const emptyGroup = (key: string): GroupInMaking => ({
  ...{ key, count: 0, traces: 0, lastTrace: "", firstAt: Infinity, lastAt: -Infinity },
  ...{ message: "", where: new Set(), agents: new Set(), samples: [] },
});

const keep = (names: Set<string>, name: string): void => {
  if (names.size < KEPT) names.add(name);
};

const whereOf = ({ kind, name }: Failure): string =>
  kind === undefined ? "trace" : name === undefined ? kind : `${kind} ${name}`;

const finished = ({
  lastTrace: _,
  where,
  agents,
  samples,
  ...group
}: GroupInMaking): ErrorGroup => ({
  ...group,
  where: [...where],
  agents: [...agents],
  samples: samples.toReversed(),
});
