/** What a run has paid for, kept in its folder as it comes: rollouts and replies of the critic, each asked for once. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Message } from "../../core/message.ts";
import type { Reward, Rollout, Task, Turn } from "../../core/rollout.ts";
import { turnWithoutTokens } from "../../agents/named-policy.ts";
import {
  paidFormat,
  type PaidReply,
  type PaidRollout,
  type PaidRow,
} from "../../formats/prompts-format.ts";
import type { AppendLog } from "../../runs/append-log.ts";
import { appendRow, openJsonlLog, readJsonl } from "../../runs/jsonl-log.ts";
import { runFiles } from "../../runs/run-folder.ts";

/** The work that a run folder holds. */
export class PaidWork {
  readonly #log: AppendLog;
  readonly #rollouts = new Map<string, PaidRollout>();
  readonly #replies = new Map<string, PaidReply>();
  readonly #startedAt = performance.now();
  #earlierSeconds = 0;

  private constructor(log: AppendLog, rows: readonly PaidRow[]) {
    this.#log = log;
    for (const row of rows) {
      this.#keep(row);
      this.#earlierSeconds = Math.max(this.#earlierSeconds, row.at);
    }
  }

  /** Opens the work of a run folder. @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
  static async open(folder: string): Promise<PaidWork> {
    const file = join(folder, runFiles.paid);
    const rows = await readJsonl(file, paidFormat);
    return new PaidWork(openJsonlLog(file, paidFormat), rows);
  }

  /** What earlier sessions have paid for, in words; undefined for a new run. */
  get earlier(): string | undefined {
    const [rollouts, replies] = [this.#rollouts.size, this.#replies.size];
    return rollouts + replies === 0
      ? undefined
      : `${rollouts} rollouts and ${replies} replies of the critic are there from before and are not paid for again`;
  }

  /** Wall time of all sessions of the run, in seconds. */
  get seconds(): number {
    return this.#earlierSeconds + (performance.now() - this.#startedAt) / 1000;
  }

  rollout(key: string): PaidRollout | undefined {
    return this.#rollouts.get(key);
  }

  reply(key: string): PaidReply | undefined {
    return this.#replies.get(key);
  }

  addRollout(key: string, rollout: Rollout): void {
    this.#add({ kind: "rollout", key, ...paidRollout(rollout), at: this.seconds });
  }

  addReply(key: string, { text, tokens }: { text: string; tokens: number | undefined }): void {
    const used = tokens === undefined ? {} : { tokens };
    this.#add({ kind: "reply", key, text, ...used, at: this.seconds });
  }

  /** Writes what there is to the disk. */
  close(): void {
    this.#log.sync();
    this.#log.close();
  }

  #add(row: PaidRow): void {
    appendRow(this.#log, row);
    this.#keep(row);
  }

  #keep(row: PaidRow): void {
    if (row.kind === "rollout") this.#rollouts.set(row.key, row);
    else this.#replies.set(row.key, row);
  }
}

/** A short name for everything that decides a piece of work. */
export const paidKey = (...parts: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);

function paidRollout(rollout: Rollout): Omit<PaidRollout, "kind" | "key" | "at"> {
  const { id, task, turns, answer, reward, isSuccess, failure, metrics } = rollout;
  const { attempts, seconds } = rollout;
  return {
    id,
    taskId: task.id,
    conversations: conversationsOf(turns),
    ...(answer !== undefined && { answer: answerText(answer) }),
    ...(reward && { reward: paidReward(reward) }),
    isSuccess,
    ...(failure && { failure: { ...failure } }),
    ...(metrics && { metrics: { ...metrics } }),
    attempts,
    seconds,
  };
}

/** An answer in words. What is no JSON, such as a function, is shown as JavaScript does. */
const answerText = (answer: unknown): string =>
  typeof answer === "string" ? answer : (JSON.stringify(answer) ?? String(answer));

/** The conversations of a rollout: each call with its reply, without those that a later call continues. */
function conversationsOf(turns: readonly Turn[]): PaidRollout["conversations"] {
  const all = turns.map(({ messages, reply }) => [...messages, reply].map(paidMessage));
  const texts = all.map((messages) => messages.map((message) => JSON.stringify(message)));
  const isContinued = (i: number): boolean =>
    texts.slice(i + 1).some((later) => texts[i]!.every((text, place) => later[place] === text));
  return all.filter((_, i) => !isContinued(i));
}

function paidMessage({ role, content, toolCalls }: Message): PaidRollout["conversations"][0][0] {
  const calls = toolCalls?.map(({ name, arguments: given }) => ({ name, arguments: given }));
  return { role, content, ...(calls && { calls }) };
}

/** A rollout that was paid for, as others read rollouts; its turns have words and no tokens. */
export function rolloutOf(paid: PaidRollout, task: Task): Rollout {
  const { id, conversations, answer, reward, isSuccess, failure, metrics } = paid;
  return {
    id,
    task,
    turns: conversations.flatMap((messages) => {
      const reply = messages.at(-1);
      return reply === undefined
        ? []
        : [turnWithoutTokens(messagesOf(messages.slice(0, -1)), messagesOf([reply])[0]!, "")];
    }),
    answer,
    reward: reward && withoutUndefined(reward),
    isSuccess,
    failure: failure && withoutPlace(failure),
    ...(metrics && { metrics }),
    attempts: paid.attempts,
    seconds: paid.seconds,
  };
}

/** The messages as the rest of the program knows them. Calls have no ids of their own any more. */
const messagesOf = (messages: PaidRollout["conversations"][0]): readonly Message[] =>
  messages.map(({ role, content, calls }) => ({
    role,
    content,
    ...(calls && { toolCalls: calls.map((call, i) => ({ id: String(i + 1), ...call })) }),
  }));

/** A search for prompts reads nothing of what single turns earned. */
const paidReward = ({ turns: _turns, components, ...reward }: Reward) => ({
  ...reward,
  components: { ...components },
});

const withoutUndefined = ({ reason, ...reward }: NonNullable<PaidRollout["reward"]>) => ({
  ...reward,
  ...(reason !== undefined && { reason }),
});

const withoutPlace = ({ place, ...failure }: NonNullable<PaidRollout["failure"]>) => ({
  ...failure,
  ...(place !== undefined && { place }),
});
