/** The way back: from a store of traces to groups of rollouts that any algorithm can learn from. */
import type { JsonValue } from "../core/json.ts";
import type { Rollout, RolloutGroup, Task, Turn } from "../core/rollout.ts";
import { rewardSourceOf } from "../core/trace-reward.ts";
import type { Trace } from "../core/trace.ts";
import { agentOfSpan } from "../core/span-tree.ts";
import type { TraceFilter } from "../core/trace-query.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import { answeredCalls, foreignRollout } from "./foreign-rollout.ts";
import { readCall, type StartingModel, type UnreadableCall } from "./rendered-turns.ts";
import { tokenizerPrint } from "./tokenizer-print.ts";
import { isRolloutTrace, type ReadRollout, rolloutOfTrace, turnOf } from "./trace-rollout.ts";
import { agentOfCall, recordedCall, type SettingsOfCall, unreadTurns } from "./unread-turns.ts";

/** Which stored rollouts are wanted: conditions on their traces, and where they belonged. All that are given must hold. */
export interface StoredRolloutsQuery extends TraceFilter {
  /** The name of a run. */
  readonly run?: string;
  /** The name of a phase, such as "grpo", or of an evaluation, such as "start". */
  readonly phase?: string;
  /** The number of a step. */
  readonly step?: number;
  /** "train" for rollouts that were learned from, "test" for those that were measured. */
  readonly split?: "train" | "test";
}

/** What reads traces whose tokens cannot be used as they are stored. */
export interface StoredRolloutsOptions {
  /**
   * The model that a training starts from. It tokenises traces without tokens or of another tokenizer, and computes their
   * log-probs. Default: none, and such traces are left out and counted.
   */
  readonly model?: StartingModel;
  /** False leaves such traces out and counts them, too, where there is a model, whose tokenizer then only tells which they are. Default true. */
  readonly retokenizes?: boolean;
  /** Without a model: true keeps the traces of other agents as messages alone, whose tokens are "none". Default false. */
  readonly keepsMessages?: boolean;
  /** What a recorded call says besides its messages, such as the tools it offered. Default: nothing. */
  readonly settingsOf?: SettingsOfCall;
}

/** A rollout that was read from a store. */
export interface StoredRollout extends Rollout {
  /** The id of its trace. */
  readonly traceId: string;
  /**
   * "sampled": its tokens and log-probs are those that were sampled. "rendered": its messages were tokenised anew, and the
   * log-probs are those of the given model. "none": its turns hold messages alone.
   */
  readonly tokens: "sampled" | "rendered" | "none";
  /** True where reasoning was left out of its messages, since the model's template has no place for it. Default false. */
  readonly isWithoutReasoning?: boolean;
  /** Names the chat template that the trainer had. Absent where it was not kept, and for agents that hone did not run. */
  readonly template?: string;
  /** The conversation that its trace is a turn of. Absent where the trace names none. */
  readonly session?: string;
}

/** Stored rollouts of one task, which were a group when they ran; of agents that hone did not run, all of one task whose rewards are of one source. */
export interface StoredGroup extends RolloutGroup {
  /** The task of all of them; of another agent the trace's task, with its words in `text`. */
  readonly task: Task;
  /** In the order in which they were in their group. */
  readonly rollouts: readonly StoredRollout[];
  /** Where the group belonged; absent for agents that hone did not run. */
  readonly origin?: Pick<ReadRollout, "run" | "phase" | "split" | "step" | "group">;
}

/** Why a trace is no rollout here. */
export type LeftOutTrace =
  | "running"
  | "no model call"
  | "tokens unreadable"
  | "needs a model"
  | "no tokens"
  | "another tokenizer"
  | "not readable by the model"
  /** With the code of the error that says why. */
  | `not readable by the model: ${string}`;

/** What a store held for a query. */
export interface StoredRollouts {
  /** By run and phase in the order of their first trace, each by step and group; then those of other agents. */
  readonly groups: readonly StoredGroup[];
  /** How many rollouts of each kind there are, and what was left out. */
  readonly counts: {
    /** Rollouts with the tokens that were sampled. */
    readonly sampled: number;
    /** Rollouts whose messages were tokenised anew. */
    readonly rendered: number;
    /** Rollouts whose messages have no tokens yet. */
    readonly unread: number;
    /** Rollouts tokenised anew whose reasoning was left out, since the model's template has no place for it. */
    readonly withoutReasoning: number;
    /** Rollouts among them that failed. */
    readonly failed: number;
    /** Rollouts among them that did not fail and have no reward: no algorithm learns from them. */
    readonly withoutReward: number;
    /** Traces that are no rollout, by the reason. */
    readonly leftOut: Readonly<Partial<Record<LeftOutTrace, number>>>;
  };
  /** The counts in a sentence for people. */
  readonly text: string;
}

/**
 * The rollouts of a store, in groups. Those that hone ran come back as they were trained: messages, tokens, log-probs and
 * rewards equal to the last bit. Traces of other agents (`hone record`), and those of another tokenizer, are tokenised anew by
 * the given model and marked.
 *
 * @throws TRACE_QUERY_INVALID; what the store throws
 * @example
 * const { groups, counts } = await readRollouts(store, { run: "math-grpo-7f3a", split: "train" });
 * const rows = groups.flatMap(({ rollouts }) => rollouts.flatMap((one) => trajectoriesOf(one).rows));
 */
export async function readRollouts(
  store: TraceStore,
  query: StoredRolloutsQuery = {},
  options: StoredRolloutsOptions = {},
): Promise<StoredRollouts> {
  const { model } = options;
  const tokenizer = model && (await tokenizerPrint(model.renderer));
  const leftOut: Partial<Record<LeftOutTrace, number>> = {};
  const found: FoundRollout[] = [];
  for await (const trace of store.traces(filterOf(query))) {
    const one = await foundIn(trace, { ...options, tokenizer });
    if (typeof one === "string") leftOut[one] = (leftOut[one] ?? 0) + 1;
    else found.push(one);
  }
  const rollouts = found.map(({ rollout }) => rollout);
  const count = (meets: (rollout: StoredRollout) => boolean) => rollouts.filter(meets).length;
  const groups = grouped(found);
  const counts = {
    sampled: count(({ tokens }) => tokens === "sampled"),
    rendered: count(({ tokens }) => tokens === "rendered"),
    unread: count(({ tokens }) => tokens === "none"),
    withoutReasoning: count(({ isWithoutReasoning }) => isWithoutReasoning === true),
    failed: count(({ failure }) => failure !== undefined),
    withoutReward: count(({ failure, reward }) => failure === undefined && reward === undefined),
    leftOut,
  };
  return { groups, counts, text: textOf(groups, counts) };
}

function textOf(groups: readonly StoredGroup[], counts: StoredRollouts["counts"]): string {
  const { sampled, rendered, unread, withoutReasoning, failed, withoutReward, leftOut } = counts;
  const facts = [
    [unread, "tokenised when they are learned, with log-probs of the policy as it is then"],
    [rendered, "tokenised anew, with log-probs of the model that is started from"],
    [
      withoutReasoning,
      "of these without their reasoning, which the model's template does not write",
    ],
    [failed, "failed"],
    [withoutReward, "without a reward"],
    ...Object.entries(leftOut).map(([why, n]) => [n, `left out: ${why}`] as const),
  ] as const;
  const more = facts.flatMap(([n, what]) => (n === 0 ? [] : [`${n} ${what}`]));
  return [
    `${counted(sampled + rendered + unread, "rollout")} in ${counted(groups.length, "group")}, ${sampled} with the tokens that were sampled`,
    ...more,
  ].join("; ");
}

interface FoundRollout {
  readonly rollout: StoredRollout;
  readonly key: string;
  readonly index: number;
  readonly origin?: NonNullable<StoredGroup["origin"]>;
}

interface ReadOptions extends StoredRolloutsOptions {
  /** The print of the model's tokenizer. */
  readonly tokenizer: string | undefined;
}

/** The conditions of a query as those of traces: where a rollout belonged is in the metadata of its trace. */
function filterOf({ run, phase, step, split, ...filter }: StoredRolloutsQuery): TraceFilter {
  const named: Readonly<Record<string, JsonValue | undefined>> = { run, phase, step, split };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  if (given.length === 0) return filter;
  return {
    ...filter,
    metadata: { ...filter.metadata, ...(Object.fromEntries(given) as Record<string, JsonValue>) },
  };
}

async function foundIn(trace: Trace, options: ReadOptions): Promise<FoundRollout | LeftOutTrace> {
  if (trace.status === "running") return "running";
  const read = rolloutOfTrace(trace);
  if (read === undefined && isRolloutTrace(trace)) return "tokens unreadable";
  if (read === undefined) {
    const foreign = foreignRollout(trace);
    const rollout =
      (options.keepsMessages === true ? undefined : sampledRollout(trace, foreign, options)) ??
      (await rendered(trace, foreign, { ...options, why: "no tokens" }));
    // Rewards of people, judges and rules have different scales: they are never compared within a group.
    const key = JSON.stringify(["", trace.taskId ?? trace.task, rewardSourceOf(trace) ?? "rule"]);
    return typeof rollout === "string" ? rollout : { rollout, key, index: 0 };
  }
  const { run, phase, split, step, group, index, tokenizer, template } = read;
  const isSame = options.tokenizer === undefined || tokenizer === options.tokenizer;
  // A model by its name says no tokens.
  const hasTokens = read.rollout.turns.every(({ tokens }) => tokens.length > 0);
  const needsTokens = options.model !== undefined && !hasTokens;
  const rollout =
    isSame && !needsTokens
      ? {
          ...{ ...read.rollout, ...placeOf(trace), tokens: "sampled" as const },
          ...(template !== undefined && { template }),
        }
      : await rendered(trace, read.rollout, {
          ...options,
          why: hasTokens ? "another tokenizer" : "no tokens",
        });
  if (typeof rollout === "string") return rollout;
  const origin = { run, phase, split, step, group };
  return { rollout, key: JSON.stringify(Object.values(origin)), index, origin };
}

/** The rollout with turns of the trace's model calls, tokenised by the model. */
async function rendered(
  trace: Trace,
  rollout: Rollout,
  options: ReadOptions & { readonly why: LeftOutTrace },
): Promise<StoredRollout | LeftOutTrace> {
  const { model, settingsOf, retokenizes = true, keepsMessages = false, why } = options;
  const calls = answeredCalls(trace);
  if (calls.length === 0 && rollout.failure === undefined) return "no model call";
  if (model === undefined) return keepsMessages ? unread(trace, rollout, options) : "needs a model";
  if (!retokenizes) return why;
  const turns: Turn[] = [];
  let isWithoutReasoning = false;
  for (const call of calls) {
    const read = await readCall(recordedCall(call, settingsOf), model);
    if ("refusal" in read) return leftOutFor(read);
    if (read.isWithout) isWithoutReasoning = true;
    turns.push({ ...read.turn, ...agentOfCall(trace, call) });
  }
  return {
    ...{ ...rollout, turns, ...placeOf(trace), tokens: "rendered" },
    ...(isWithoutReasoning && { isWithoutReasoning }),
  };
}

const leftOutFor = ({ refusal }: UnreadableCall): LeftOutTrace =>
  refusal === undefined
    ? "not readable by the model"
    : `not readable by the model: ${refusal.code}`;

/** The rollout with turns of the trace's model calls as they were recorded. */
const unread = (trace: Trace, rollout: Rollout, { settingsOf }: ReadOptions): StoredRollout => ({
  ...{ ...rollout, turns: unreadTurns(trace, settingsOf), ...placeOf(trace), tokens: "none" },
});

/** A foreign trace whose calls all hold what was sampled, by a tokenizer that the trace names; undefined for any other. */
function sampledRollout(
  trace: Trace,
  rollout: Rollout,
  { tokenizer }: ReadOptions,
): StoredRollout | undefined {
  const named = trace.metadata["tokenizer"];
  if (typeof named !== "string" || (tokenizer !== undefined && named !== tokenizer))
    return undefined;
  const calls = answeredCalls(trace);
  const turns = calls.flatMap((call) =>
    turnOf(call, true).map((turn) => ({ ...turn, agent: agentOfSpan(trace, call) })),
  );
  if (turns.length === 0 || turns.length < calls.length) return undefined;
  return { ...rollout, turns, ...placeOf(trace), tokens: "sampled" };
}

const placeOf = ({ id, session }: Trace): Pick<StoredRollout, "traceId" | "session"> => ({
  traceId: id,
  ...(session !== undefined && { session }),
});

function grouped(found: readonly FoundRollout[]): readonly StoredGroup[] {
  const groups = Map.groupBy(found, ({ key }) => key);
  const made = [...groups.values()].map((members): StoredGroup => {
    const rollouts = members.toSorted((a, b) => a.index - b.index).map(({ rollout }) => rollout);
    const { origin } = members[0]!;
    return { task: rollouts[0]!.task, rollouts, ...(origin && { origin }) };
  });
  return inOrder(made);
}

/** Parts (a phase of a run, or its evaluations) in the order of their first trace, each by step and group; then other agents. */
function inOrder(groups: readonly StoredGroup[]): StoredGroup[] {
  const parts = Map.groupBy(groups, ({ origin }) =>
    origin === undefined ? undefined : JSON.stringify([origin.run, origin.phase, origin.split]),
  );
  const others = parts.get(undefined) ?? [];
  parts.delete(undefined);
  return [...[...parts.values()].flatMap((part) => part.toSorted(byStepAndGroup)), ...others];
}

const byStepAndGroup = ({ origin: a }: StoredGroup, { origin: b }: StoredGroup): number =>
  (a?.step ?? 0) - (b?.step ?? 0) || (a?.group ?? 0) - (b?.group ?? 0);

/** @example counted(1, "group"); // "1 group" */
const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;
