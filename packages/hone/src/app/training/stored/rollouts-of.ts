/** `rolloutsOf`: the rollouts of a store, and traces of other agents, as groups to learn from. */
import { checkOptions, type OptionNames } from "../../../core/known-options.ts";
import type { ConversationSettings } from "../../../core/message.ts";
import type { PromptSpan } from "../../../core/span.ts";
import { chatTools } from "../../../data/chat-tools.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import {
  readRollouts,
  type StoredRollouts,
  type StoredRolloutsQuery,
} from "../../../rollouts/stored-rollouts.ts";
import { UnreadableParts } from "../../../store/unreadable-parts.ts";
import { findModel } from "../../models/find-model.ts";
import { openFound } from "../../models/open-found.ts";
import { openStore } from "../../open-store.ts";

/** How stored rollouts are read. */
export interface RolloutsOfOptions {
  /**
   * The model that training starts from, as `train` takes it: a folder, a run, a Hugging Face id. It tokenises traces that have
   * no tokens of their own, or those of another tokenizer, and computes their log-probs. Default: none, and such traces are
   * left out and counted.
   */
  readonly model?: string;
  /** False leaves such traces out and counts them although there is a model: "no tokens" or "another tokenizer". Default true. */
  readonly retokenizes?: boolean;
}

const conditions: OptionNames<StoredRolloutsQuery> = {
  ...{ run: true, phase: true, step: true, split: true },
  ...{
    agent: true,
    agentVersion: true,
    task: true,
    from: true,
    to: true,
    status: true,
    error: true,
  },
  ...{ minReward: true, maxReward: true, session: true, user: true, tag: true },
  ...{ minTokens: true, maxTokens: true, minLatency: true, maxLatency: true },
  ...{ minCost: true, maxCost: true, prices: true, metadata: true, text: true },
};

/**
 * The rollouts of a store, in the groups in which they ran, for any algorithm: messages, tokens, log-probs and rewards as they
 * were trained, to the last bit. Traces of agents that hone did not run (`hone record`, `withTraces`) come by the same call,
 * tokenised by `model` and marked "rendered"; `text` says how many are which.
 *
 * @param store  the address of a store, such as `sqlite:runs/math-7f3a/rollouts.db`, or an open store, which stays open
 * @param query  conditions on traces, and `run`, `phase`, `step`, `split`. Default: all
 * @throws STORE_NOT_FOUND and as `openStore`; OPTION_INVALID for a condition that there is not; TRACE_QUERY_INVALID; MODEL_NOT_FOUND
 * @example
 * const { groups, text } = await rolloutsOf("sqlite:runs/math-7f3a/rollouts.db", { split: "train", minReward: 1 });
 * const rows = groups.flatMap(({ rollouts }) => rollouts.flatMap((one) => trajectoriesOf(one).rows));
 * const algorithm = sft({ rows, steps: 100, batchSize: 16 });
 */
export async function rolloutsOf(
  store: string | TraceStore,
  query: StoredRolloutsQuery = {},
  options: RolloutsOfOptions = {},
): Promise<StoredRollouts> {
  checkOptions("rolloutsOf", query, conditions);
  checkOptions("rolloutsOf", options, { model: true, retokenizes: true });
  if (typeof store !== "string") return readWith(store, query, options);
  const damaged = new UnreadableParts();
  const opened = await openStore(store, { mustExist: true, onProblem: damaged.add });
  try {
    const read = await readWith(opened, query, options);
    if (damaged.count === 0) return read;
    return { ...read, text: `${read.text}; ${damaged.count} traces could not be read` };
  } finally {
    await opened.close();
  }
}

async function readWith(
  store: TraceStore,
  query: StoredRolloutsQuery,
  { model, retokenizes = true }: RolloutsOfOptions,
): Promise<StoredRollouts> {
  if (query.text !== undefined) await store.settle();
  if (model === undefined) return readRollouts(store, query);
  const { engine, policy } = await openFound(await findModel(model));
  try {
    return await readRollouts(store, query, {
      model: { renderer: engine.renderer, policy },
      settingsOf,
      retokenizes,
    });
  } finally {
    await engine.close();
  }
}

/** The tools that a recorded call offered, for the chat template. */
export function settingsOf({ attributes }: PromptSpan): ConversationSettings {
  const { known } = chatTools(attributes["gen_ai.tool.definitions"]);
  return known.length === 0 ? {} : { tools: JSON.stringify(known) };
}
