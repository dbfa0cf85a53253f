/** Writes the rollouts of a run into a store while it trains. Training never waits for a store that fails. */
import { shownAddress, shownAddresses } from "../../../core/shown-address.ts";
import { randomBits, uniform } from "../../../core/random.ts";
import type { Rollout, RolloutGroup } from "../../../core/rollout.ts";
import type { RolloutSource } from "../../../ports/rollout-source.ts";
import type { BatchWriter } from "../../../recording/writing/batch-writer.ts";
import { type RolloutOrigin, traceOfRollout } from "../../../rollouts/rollout-trace.ts";
import type { PipelineEvent } from "../pipeline-events.ts";
import { shortPath } from "../run-figures.ts";
import { type QueueReport, TraceQueue, type WaitingTrace } from "./trace-queue.ts";

/** Time until a run goes on without its rollouts in the store, at a checkpoint and at its end, in ms. */
const SETTLE_MS = 10_000;

/** About how many characters a token takes as JSON, its text and log-probs included. */
const CHARACTERS_PER_TOKEN = 16;

/** The rollouts of a run on their way into a store. */
export interface RecorderParts {
  /** Names the run in the store. */
  readonly run: string;
  /** Names the agent of the traces. */
  readonly agent: string;
  /** The field of the tasks, where the run has one. */
  readonly domain?: string | undefined;
  /** Names the tokenizer; see `tokenizerPrint`. Default: none, of a model that says no tokens. */
  readonly tokenizer?: string;
  /** Names the chat template. Default: none, of a model that does not say it. */
  readonly template?: string;
  /** The share of groups (in evaluations: of tasks) whose rollouts are kept, from 0 to 1. */
  readonly share: number;
  readonly writer: BatchWriter;
  /** Unix milliseconds. Default: the clock's. */
  readonly now?: () => number;
}

/** What a session of a run needs of the place where its rollouts are kept. */
export interface RolloutRecorder {
  /** The source, whose groups are kept on their way to the algorithm. */
  recorded(source: RolloutSource, phase: string): RolloutSource;
  /** Whether a rollout that came through a source is kept. */
  keeps(rolloutId: string): boolean;
  /** Keeps a rollout that comes without a source, such as a trial of a prompt: those of one key are a group. */
  tried(place: TriedPlace, rollout: KeyedRollout): Promise<void>;
  /** Keeps the rollouts of an evaluation, `samplesPerTask` of each task. */
  evaluated(name: string, rollouts: readonly Rollout[], samplesPerTask: number): Promise<void>;
  /** Waits until what a checkpoint is about to count as done is in the store; not for a store that fails. */
  settle(): Promise<void>;
  /** A warning that rollouts are not stored: once when the store first fails, and once at the end. */
  warnings(): readonly PipelineEvent[];
  /** What was kept and where, for people; to be asked at the end, after `settle`. */
  summary(): readonly PipelineEvent[];
  /** Writes what waits and closes the store. */
  close(): Promise<void>;
}

/** Where a rollout without a source belongs. */
export type TriedPlace = Omit<Place, "group">;

/** A rollout, and what its group tried. */
export interface KeyedRollout {
  readonly key: string;
  readonly rollout: Rollout;
}

/** Keeps nothing. */
export const noRecorder: RolloutRecorder = {
  recorded: (source) => source,
  keeps: () => false,
  tried: async () => undefined,
  evaluated: async () => undefined,
  settle: async () => undefined,
  warnings: () => [],
  summary: () => [],
  close: async () => undefined,
};

/** Keeps the rollouts of a run in the store of a writer. */
export function rolloutRecorder(parts: RecorderParts): RolloutRecorder {
  return new StoreRecorder(parts);
}

type Place = Pick<RolloutOrigin, "phase" | "split" | "step" | "group">;

class StoreRecorder implements RolloutRecorder {
  readonly #parts: RecorderParts;
  readonly #queue: TraceQueue;
  /** The ids of the rollouts that are kept, where some are not. */
  readonly #kept = new Set<string>();
  /** Whether it was said that the store fails. */
  #isSaid = false;
  /** How many dropped rollouts were said. */
  #said = 0;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#queue = new TraceQueue(parts.writer);
  }

  recorded(source: RolloutSource, phase: string): RolloutSource {
    return {
      groups: async (request) => {
        const groups = await source.groups(request);
        const { step, firstGroup = 0 } = request;
        const placeOf = (group: number): Place => ({
          ...{ phase, split: "train", step },
          group: firstGroup + group,
        });
        await this.#keep(groups, placeOf);
        return groups;
      },
    };
  }

  keeps(rolloutId: string): boolean {
    return this.#parts.share >= 1 || this.#kept.has(rolloutId);
  }

  async tried(place: TriedPlace, { key, rollout }: KeyedRollout): Promise<void> {
    const group = randomBits("tried", key);
    await this.#keep([{ rollouts: [rollout] }], () => ({ ...place, group }));
  }

  async evaluated(
    name: string,
    rollouts: readonly Rollout[],
    samplesPerTask: number,
  ): Promise<void> {
    const count = Math.ceil(rollouts.length / samplesPerTask);
    const groups = Array.from({ length: count }, (_, group) => ({
      rollouts: rollouts.slice(group * samplesPerTask, (group + 1) * samplesPerTask),
    }));
    await this.#keep(groups, (group) => ({ phase: name, split: "test", group }));
  }

  async #keep(
    groups: readonly Pick<RolloutGroup, "rollouts">[],
    placeOf: (group: number) => Place,
  ): Promise<void> {
    const { run, agent, domain, tokenizer, template, share, now = Date.now } = this.#parts;
    const named = {
      ...{ run, agent },
      ...(domain !== undefined && { domain }),
      ...(tokenizer !== undefined && { tokenizer }),
      ...(template !== undefined && { template }),
    };
    const endedAt = now();
    const waiting = groups.flatMap(({ rollouts }, group): WaitingTrace[] => {
      const place = placeOf(group);
      const keys = [place.phase, place.step ?? 0, place.group] as const;
      if (uniform("kept rollouts", run, ...keys) >= share) return [];
      if (share < 1) for (const { id } of rollouts) this.#kept.add(id);
      return rollouts.map((rollout, index) => ({
        make: () => traceOfRollout(rollout, { ...place, ...named, index, endedAt }),
        size: sizeOf(rollout),
      }));
    });
    await this.#queue.add(waiting);
  }

  async settle(): Promise<void> {
    await this.#queue.settle(SETTLE_MS);
  }

  warnings(): readonly PipelineEvent[] {
    const { dropped, waiting, problem } = this.#queue.report();
    if (problem === undefined || this.#isSaid) return [];
    this.#isSaid = true;
    this.#said = dropped;
    const text = `the store of rollouts (${this.#store}) does not take them: ${shownAddresses(problem)}. Training goes on; ${dropped} were lost so far, ${waiting} wait for it.`;
    return [{ kind: "warning", code: "ROLLOUTS_NOT_STORED", text }];
  }

  summary(): readonly PipelineEvent[] {
    const report = this.#queue.report();
    const { written } = report;
    const note = {
      kind: "note" as const,
      text: `${written} rollouts of this session in ${this.#store}`,
    };
    const missing = missingText(report);
    if (missing === undefined) return written === 0 ? [] : [note];
    if (this.#isSaid && report.dropped === this.#said && report.waiting === 0) return [note];
    this.#isSaid = true;
    const why = report.problem === undefined ? "" : `: ${shownAddresses(report.problem)}`;
    const text = `${missing} in ${this.#store}${why}.`;
    return [note, { kind: "warning", code: "ROLLOUTS_NOT_STORED", text }];
  }

  async close(): Promise<void> {
    await this.#queue.close(SETTLE_MS);
  }

  /** The store as it is shown: the path of one that is below the working folder from there on. */
  get #store(): string {
    const address = shownAddress(this.#parts.writer.url);
    const file = /^(sqlite|files):(.*)$/s.exec(address);
    return file === null ? address : `${file[1]}:${shortPath(file[2]!)}`;
  }
}

function missingText({ dropped, waiting }: QueueReport): string | undefined {
  if (dropped + waiting === 0) return undefined;
  const parts = [
    ...(dropped === 0 ? [] : [`${dropped} rollouts were not stored`]),
    ...(waiting === 0 ? [] : [`${waiting} rollouts are not stored so far`]),
  ];
  return parts.join(" and ");
}

const sizeOf = ({ turns }: Rollout): number =>
  turns.reduce(
    (sum, { promptTokens, tokens }) =>
      sum + CHARACTERS_PER_TOKEN * (promptTokens.length + tokens.length),
    2000,
  );
