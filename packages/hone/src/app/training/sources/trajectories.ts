/** Stored rollouts that a training by rollouts learns from before it samples new ones: `--trajectories`. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { assert, HoneError } from "../../../core/errors.ts";
import { shownAddress } from "../../../core/shown-address.ts";
import type { TraceFilter } from "../../../core/trace-query.ts";
import { adapterOf, adaptersFromTexts } from "../../../agents/agents-by-adapter.ts";
import {
  readRollouts,
  type StoredGroup,
  type StoredRollout,
  type StoredRollouts,
} from "../../../rollouts/stored-rollouts.ts";
import { memoryStore } from "../../../store/memory-store.ts";
import { isStoreAddress, lastingAddress } from "../../open-store.ts";
import { rolloutsOf, settingsOf } from "../stored/rollouts-of.ts";
import { traceFilterOf } from "../trace-conditions.ts";
import type { TrainingSettings } from "../training.ts";
import { withoutMeasured } from "./measured-questions.ts";
import type { OpenedSource } from "./opened-source.ts";
import { readTrajectoryFiles } from "./trajectory-files.ts";

/** What is learned from first. */
export interface OpenedTrajectories {
  /** Groups of rollouts that did not fail and have a reward and a call of the model. */
  readonly groups: readonly StoredGroup[];
  /** Steps on them. */
  readonly steps: number;
  /** The SHA-256 of what is learned; a resume needs the same. */
  readonly digest: string;
  /** The address or file, as the run records it. */
  readonly from: string;
  readonly notes: readonly string[];
}

type Settings = TrainingSettings<"rollouts"> & { readonly groupsPerStep?: number | undefined };

/** How they are read. */
interface ReadingOptions {
  /** Whether files of traces are read as messages, which the policy tokenises when it learns them. Default false. */
  readonly keepsMessages?: boolean | undefined;
}

/**
 * Reads the rollouts of a store, or of a file: traces as `hone traces export` writes them, or trajectories of any form that `hone convert`
 * reads, which have no tokens. Those of evaluations are not learned from.
 * @returns undefined where the settings name none
 * @throws TRAJECTORIES_NOT_OF_MODEL where some have no tokens of this model's tokenizer, unless `retokenize` is given;
 *         CONFIG_INVALID for a model from nothing; DATA_EMPTY; as `rolloutsOf` and `readTrajectoryFiles`
 */
export async function openTrajectories(
  settings: Settings,
  { keepsMessages = false }: ReadingOptions = {},
): Promise<OpenedTrajectories | undefined> {
  const {
    trajectories,
    model,
    retokenize = false,
    trajectoryMinReward: minReward = -Infinity,
    where,
  } = settings;
  if (trajectories === undefined) return undefined;
  if (model === "tiny" && !keepsMessages) {
    const problem =
      "a model made from nothing cannot read stored tokens, as its tokenizer would be a new one; name the model that the rollouts were sampled from.";
    throw new HoneError("CONFIG_INVALID", { where: "--model", problem });
  }
  const isStore = isStoreAddress(trajectories);
  const from = isStore ? shownAddress(lastingAddress(trajectories)) : resolve(trajectories);
  const filter = traceFilterOf(where);
  const read = await readTrajectories(trajectories, filter, {
    ...{ model, retokenizes: retokenize, keepsMessages },
  });
  checkTokens(read, { from, model });
  const learned = await withoutMeasured(read.groups, settings);
  const tried = learned.groups.filter(({ origin }) => origin?.split !== "test");
  const groups = tried.flatMap((group) => {
    const rollouts = group.rollouts.filter(
      ({ failure, reward, turns }) =>
        failure === undefined && turns.length > 0 && (reward?.total ?? -Infinity) >= minReward,
    );
    const usable = rollouts.filter(({ reward }) => reward !== undefined);
    return usable.length === 0 ? [] : [{ ...group, rollouts: usable.map(byAdapter(settings)) }];
  });
  if (groups.length === 0) {
    const least = minReward > -Infinity ? ` of at least ${minReward}` : "";
    throw new HoneError("DATA_EMPTY", { where: from, item: `rollout with a reward${least}` });
  }
  const steps = stepsOn(groups, settings);
  const left = countOf(learned.groups) - countOf(groups);
  const isSampled = read.counts.rendered + read.counts.unread === 0;
  const tokens = isSampled ? "as they were sampled" : "some tokenised anew";
  const notes = [
    `${from}: ${read.text}`,
    ...learned.notes,
    `steps 1 to ${steps} learn from ${countOf(groups)} of them in ${groups.length} groups, ${tokens}${left === 0 ? "" : `; ${left} are left out (of evaluations, failed, without a reward or below --trajectory-min-reward)`}${steps < settings.steps ? "; later steps sample" : ""}`,
  ];
  return { groups, steps, digest: digestOf(groups), from, notes };
}

/** A rollout whose turns are of the adapters of their agents, where a team is trained. @throws AGENT_WITHOUT_ADAPTER */
const byAdapter =
  ({ adapters: texts }: Settings) =>
  (rollout: StoredRollout): StoredRollout => {
    if (texts === undefined) return rollout;
    const adapters = adaptersFromTexts(texts);
    const turns = rollout.turns.map((turn) => {
      const adapter = adapterOf(turn.agent, adapters);
      return { ...turn, ...(adapter !== undefined && { adapter }) };
    });
    return { ...rollout, turns };
  };

/** A source whose training begins with stored rollouts. */
export function withTrajectories(
  opened: OpenedSource<"rollouts">,
  { groups, steps, digest, from, notes: stored }: OpenedTrajectories,
): OpenedSource<"rollouts"> {
  const { learning, notes = [] } = opened;
  assert(learning.kind === "rollouts", "a source of rollouts");
  return {
    ...opened,
    learning: { ...learning, stored: { groups, steps } },
    notes: (all) => [...(typeof notes === "function" ? notes(all) : notes), ...stored],
    settled: { ...opened.settled, trajectories: from, trajectoriesDigest: digest },
  };
}

/** As many as are asked for, but no more than the run has; else so many that every group was given once; all where none samples. */
function stepsOn(
  groups: readonly StoredGroup[],
  { trajectorySteps, steps, groupsPerStep = 1, offline }: Settings,
): number {
  if (offline === true) return steps;
  return Math.min(steps, trajectorySteps ?? Math.ceil(groups.length / groupsPerStep));
}

async function readTrajectories(
  trajectories: string,
  filter: TraceFilter,
  {
    keepsMessages,
    ...options
  }: {
    readonly model: string;
    readonly retokenizes: boolean;
    readonly keepsMessages: boolean;
  },
): Promise<StoredRollouts> {
  if (isStoreAddress(trajectories)) return rolloutsOf(trajectories, filter, options);
  const store = memoryStore();
  try {
    const left = await readTrajectoryFiles(store, trajectories);
    const read = keepsMessages
      ? await readRollouts(store, filter, { keepsMessages, settingsOf })
      : await rolloutsOf(store, filter, options);
    return { ...read, text: [read.text, ...left].join("; ") };
  } finally {
    await store.close();
  }
}

/** @throws TRAJECTORIES_NOT_OF_MODEL */
function checkTokens(
  { counts }: StoredRollouts,
  { from, model }: { readonly from: string; readonly model: string },
): void {
  const other = counts.leftOut["another tokenizer"] ?? 0;
  const without = counts.leftOut["no tokens"] ?? 0;
  if (other + without === 0) return;
  const total = other + without + counts.sampled;
  throw new HoneError("TRAJECTORIES_NOT_OF_MODEL", { from, model, other, without, total });
}

const countOf = (groups: readonly StoredGroup[]): number =>
  groups.reduce((sum, { rollouts }) => sum + rollouts.length, 0);

/** Which rollouts, with which tokens, log-probs and rewards. */
function digestOf(groups: readonly StoredGroup[]): string {
  const hash = createHash("sha256");
  for (const { task, rollouts } of groups)
    for (const { traceId, reward, turns } of rollouts) {
      const sampled = turns.map(({ tokens, samplingLogProbs, messages, reply }) =>
        tokens.length === 0 ? [messages, reply] : [tokens, samplingLogProbs],
      );
      hash.update(JSON.stringify([task.id, traceId, reward!.total, sampled]));
    }
  return hash.digest("hex");
}
