/** The first teams of `hone run team`: scripted members at work, recorded as traces, rewarded, and read back as rows to learn. */
import type { Message } from "../../../core/message.ts";
import type { TeamOutcome } from "../../../core/team.ts";
import type { Trace } from "../../../core/trace.ts";
import type { ChatModel } from "../../../ports/chat-model.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import type { Tracer } from "../../../ports/tracer.ts";
import { createTracer } from "../../../recording/create-tracer.ts";
import { trace } from "../../../recording/manual-spans.ts";
import { storeWriter } from "../../../recording/writing/batch-writer.ts";
import { batchingSink } from "../../../recording/writing/batching-sink.ts";
import { assert } from "../../../core/errors.ts";
import { outcomeOf } from "../../../rewards/team-outcome.ts";
import { answeredCalls } from "../../../rollouts/foreign-rollout.ts";
import { messagesOf } from "../../../rollouts/trace-rollout.ts";
import type { OffersTask } from "./offers.ts";
import { offersReward, teamWork } from "./offers-team.ts";
import { scriptedModel, type ScriptedPlay } from "./scripted-model.ts";

/** A member's turn as a conversation, with what the member earned in its team. */
export interface TeamRow {
  readonly messages: readonly Message[];
  readonly reward: number;
  /** The task of the team. */
  readonly task: string;
  /** The member's part in one team, whose turns have one reward. */
  readonly episode: string;
}

const FLUSH_MS = 60_000;

/** Lets scripted teams work on the tasks and writes their traces, each with its reward, into the store. */
export async function recordTeams(
  store: TraceStore,
  tasks: readonly OffersTask[],
  play: ScriptedPlay,
): Promise<void> {
  const sink = batchingSink(storeWriter(store), {});
  // What the members say is ours, so that there are no secrets to look for.
  const tracer = createTracer({ sink, redaction: false });
  for (const task of tasks) {
    const start = { agent: "team", task: task.text, taskId: task.id, tags: ["team"] };
    const model = recordedModel(scriptedModel(task, play), tracer);
    await trace(tracer, start, () => teamWork(task, { model, seed: play.seed, tracer }));
  }
  const { dropped, waiting, problem } = await sink.flush({ timeoutMs: FLUSH_MS });
  assert(dropped + waiting === 0, `traces of the scripted teams were not stored: ${problem}`);
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const rewards = [];
  for await (const one of store.traces()) {
    const outcome = outcomeOf(one);
    const task = byId.get(one.taskId ?? "");
    if (outcome === undefined || task === undefined) continue;
    const reward = { ...offersReward(outcome, task), id: "team", at: one.endedAt ?? 0 };
    rewards.push({ traceId: one.id, reward });
  }
  await store.append({ rewards });
}

/** The rows of the traces, in the order of the tasks. */
export async function rowsOf(
  store: TraceStore,
  tasks: readonly OffersTask[],
): Promise<readonly TeamRow[]> {
  const traces = new Map<string | undefined, Trace>();
  for await (const one of store.traces()) traces.set(one.taskId, one);
  return tasks.flatMap(({ id }) => {
    const one = traces.get(id);
    return one === undefined ? [] : rowsOfTrace(one);
  });
}

function rowsOfTrace(one: Trace): readonly TeamRow[] {
  const { components = {} } = one.rewards[0] ?? {};
  return answeredCalls(one).map(({ input, output, agent = "" }) => ({
    messages: [...messagesOf(input, "user"), ...messagesOf(output ?? [], "assistant")],
    reward: components[`agent/${agent}`] ?? 0,
    task: one.task,
    episode: `${one.task} ${agent}`,
  }));
}

/** How the scripted teams did, for comparison. */
export async function outcomesOf(store: TraceStore): Promise<ReadonlyMap<string, TeamOutcome>> {
  const outcomes = new Map<string, TeamOutcome>();
  for await (const one of store.traces()) {
    const outcome = outcomeOf(one);
    if (outcome !== undefined) outcomes.set(one.taskId ?? "", outcome);
  }
  return outcomes;
}

/** A model whose calls are prompt spans of the running trace. */
const recordedModel = (model: ChatModel, tracer: Tracer): ChatModel => ({
  async chat(messages, options = {}) {
    const reply = await model.chat(messages, options);
    const { agent } = options;
    tracer
      .current()
      ?.span({ kind: "prompt", input: messages, ...(agent !== undefined && { agent }) })
      .end({ output: [reply] });
    return reply;
  },
});
