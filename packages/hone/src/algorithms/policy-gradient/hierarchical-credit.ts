/**
 * Credit in a team with a coordinator: it is judged by what came of its choices, its workers by how well they did what it chose.
 *
 *     coordinator's turns    A                                   the answer's own advantage: the team's reward against the group's
 *     worker a's turns       (v − mean) / (std + 1e-6)           over the rollouts of the first of these sets that has two:
 *
 *         1. those of the task in which a answered the same choice
 *         2. those of the task in which a had a turn
 *         3. none: 0, as there is nothing to compare with
 *
 *     v    what a earned itself, "agent/<a>", where all rollouts of the task with a turn of a say it; else the team's reward
 *     std  of the n rollouts; 1 with `scale: "none"`
 *
 * The choice that a worker's turn answers is the coordinator's last turn before it: its text and its tool calls, not its reasoning. A
 * rollout counts once for each choice, however many turns the worker took. Without set 1, a worker would be paid for the coordinator's
 * choice: where choice x is worth 1 and choice y is worth 0 whatever the worker does, all its turns behind x would be reinforced.
 *
 * @source ours. Comparing turns that were reached the same way is GiGPO's idea (Feng et al. 2025, arXiv:2505.10978 §4.2), whose
 *         state is an observation; a choice as the state of those below it is the option of Sutton, Precup & Singh 1999.
 */
import type { Message } from "../../core/message.ts";
import type { Turn } from "../../core/rollout.ts";
import { groupAdvantages } from "../blocks/advantages.ts";
import type { PolicyChoice } from "./policy-choices.ts";
import type { Answer, RolloutBatch } from "./scored-answers.ts";

/** What the rule needs to know. */
export interface HierarchicalOptions {
  /** The agent whose turns are choices. */
  readonly coordinator: string;
  /** Whether what is compared is divided by its deviation. */
  readonly scale: PolicyChoice<"creditScale">;
}

/** How a worker's turn was judged. */
type Compared = "choice" | "agent" | "nothing";

/** A worker's turns in one rollout that answer one choice. */
interface WorkerPart {
  readonly answer: number;
  readonly turns: number[];
  /** Names the task's group and the worker. */
  readonly worker: string;
  /** Names the same and the choice; undefined before the coordinator's first turn. */
  readonly choice: string | undefined;
}

/** The advantages of the workers' turns. */
export interface WorkerCredit {
  /** Of each answer: turn → advantage. Turns of the coordinator, and those without an agent, are not in it. */
  readonly advantages: readonly ReadonlyMap<number, number>[];
  /** How many turns were compared with what. */
  readonly turns: Readonly<Record<Compared, number>>;
}

/** The advantages of the workers' turns in a batch: the formula above. */
export function workerCredit(
  { answers }: Pick<RolloutBatch, "answers">,
  { coordinator, scale }: HierarchicalOptions,
): WorkerCredit {
  const parts = answers.flatMap((answer, i) => partsOf(answer, i, coordinator));
  const values = valuesOf(parts, answers);
  const byChoice = compared(parts, values, { scale, nameOf: ({ choice }) => choice });
  const byAgent = compared(parts, values, { scale, nameOf: ({ worker }) => worker });
  const advantages = answers.map(() => new Map<number, number>());
  const turns = { choice: 0, agent: 0, nothing: 0 };
  parts.forEach((part, p) => {
    const level: Compared =
      byChoice[p] !== undefined ? "choice" : byAgent[p] !== undefined ? "agent" : "nothing";
    turns[level] += part.turns.length;
    const advantage = byChoice[p] ?? byAgent[p] ?? 0;
    for (const turn of part.turns) advantages[part.answer]!.set(turn, advantage);
  });
  return { advantages, turns };
}

/** Whether an answer has what the rule reads: an agent for each of its turns, and a turn of the coordinator. */
export function isHierarchical(
  { rollout: { turns } }: Pick<Answer, "rollout">,
  { coordinator }: Pick<HierarchicalOptions, "coordinator">,
): boolean {
  return (
    turns.every(({ agent }) => agent !== undefined) &&
    turns.some(({ agent }) => agent === coordinator)
  );
}

function partsOf({ rollout, group }: Answer, answer: number, coordinator: string): WorkerPart[] {
  const parts = new Map<string, WorkerPart>();
  let choice: string | undefined;
  rollout.turns.forEach((turn, k) => {
    const { agent } = turn;
    if (agent === coordinator) choice = choiceOf(turn);
    if (agent === undefined || agent === coordinator) return;
    const worker = JSON.stringify([group, agent]);
    const name = JSON.stringify([group, agent, choice]);
    const made = choice === undefined ? undefined : name;
    const part = parts.get(name) ?? { answer, turns: [], worker, choice: made };
    part.turns.push(k);
    parts.set(name, part);
  });
  return [...parts.values()];
}

/**
 * What a turn of the coordinator says to do. Ids of calls are names without a meaning.
 * Undefined for a replayed turn of a checkpoint that an earlier version wrote, which kept no replies: its workers are then compared with
 * those of the same name, as one choice is not known from another.
 */
function choiceOf({ messages, reply }: Turn): string | undefined {
  const { content, toolCalls } = reply;
  if (content === "" && toolCalls === undefined && messages.length === 0) return undefined;
  const calls = (toolCalls ?? []).map((call) => [call.name, call.arguments]);
  return JSON.stringify([content.trim(), ...calls]);
}

/** The parts of a coordinator's reply that make its choice, to be kept for a replay. Calls are there also where there are none. */
export const replyOfChoice = ({ content, toolCalls = [] }: Message): Message => ({
  role: "assistant",
  content,
  toolCalls,
});

/** [P] v of each part. */
function valuesOf(parts: readonly WorkerPart[], answers: readonly Answer[]): number[] {
  const own = parts.map(({ answer, worker }) => {
    const [, agent] = JSON.parse(worker) as [number, string];
    return answers[answer]!.rollout.reward?.components[`agent/${agent}`];
  });
  const lacking = new Set(parts.flatMap(({ worker }, p) => (own[p] === undefined ? [worker] : [])));
  return parts.map(({ answer, worker }, p) =>
    lacking.has(worker) ? answers[answer]!.reward : own[p]!,
  );
}

/** [P] a part's value against those of the other rollouts under the same name; undefined where there is none. */
function compared(
  parts: readonly WorkerPart[],
  values: readonly number[],
  {
    scale,
    nameOf,
  }: Pick<HierarchicalOptions, "scale"> & {
    readonly nameOf: (part: WorkerPart) => string | undefined;
  },
): (number | undefined)[] {
  // A rollout has one value under a name, also where several of its parts have that name.
  const entries = new Map<string, { readonly name: string; readonly value: number }>();
  const keys = parts.map((part, p) => {
    const name = nameOf(part);
    if (name === undefined) return undefined;
    const key = JSON.stringify([part.answer, name]);
    entries.set(key, { name, value: values[p]! });
    return key;
  });
  const list = [...entries.values()];
  const names = list.map(({ name }) => name);
  const advantages = groupAdvantages(
    list.map(({ value }) => value),
    names,
    { scale },
  );
  const counts = Map.groupBy(names, (name) => name);
  const known = new Map(
    [...entries.keys()].map((key, e) => [
      key,
      counts.get(names[e]!)!.length > 1 ? advantages[e]! : undefined,
    ]),
  );
  return keys.map((key) => (key === undefined ? undefined : known.get(key)));
}
