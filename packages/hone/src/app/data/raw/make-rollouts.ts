/** `hone rollout`: tries at a domain's tasks, each written to a file as it ends. */
import { HoneError } from "../../../core/errors.ts";
import { failureText } from "../../../core/failure-text.ts";
import { progressMeter } from "../../../core/progress.ts";
import { randomBits } from "../../../core/random.ts";
import { mostCommonFailure } from "../../../core/rollout-failures.ts";
import type { Rollout, Task } from "../../../core/rollout.ts";
import { domainTitle, withDomain } from "../../domains.ts";
import { type NamedDomain, openPlayer, type Player, type PlayerOptions } from "./players.ts";
import { isThere, type RawTry, rawTries, writeRaw } from "./raw-files.ts";
import { rolloutTasks, type RolloutTasksOptions } from "./rollout-tasks.ts";

/** What is tried, by whom, and where the files go. */
export interface MakeRolloutsOptions extends RolloutTasksOptions, PlayerOptions {
  /** A domain's name, or the path of a user's file. */
  readonly domain: string;
  /** A folder, or a .json file for one try. Default: `data/raw/<domain>`. */
  readonly out?: string | undefined;
  /** Tries at each task. */
  readonly samples: number;
  /** Tries again what has its file already. Default: it is left as it is. */
  readonly replace: boolean;
}

/** What came of it. */
export interface RolloutsReport {
  readonly domain: string;
  /** Who tried: "expert", or the model's name. */
  readonly player: string;
  /** Files that were written. */
  readonly written: number;
  /** Tries whose files were there already. */
  readonly alreadyThere: number;
  /** Tries that ended without a reward; they have no file, so that the same command tries them again. */
  readonly failed: number;
  /** What went wrong most often, in words. */
  readonly failure?: string;
  /** Share of the written tries that did their task; undefined where none was written. */
  readonly success: number | undefined;
  /** Mean over the written tries. */
  readonly reward: number | undefined;
  readonly out: string;
  readonly notices: readonly string[];
}

/**
 * Tries the tasks and writes a file for each try. Called again, it goes on where it was stopped.
 * @throws as `openDomain`, `rolloutTasks`, `openPlayer` and `writeRaw`; ALL_ROLLOUTS_FAILED; CANCELLED after the signal
 */
export function makeRollouts(options: MakeRolloutsOptions): Promise<RolloutsReport> {
  const title = domainTitle(options.domain);
  return withDomain(options.domain, async (domain) => {
    const out = options.out ?? `data/raw/${title}`;
    const tasks = await rolloutTasks(domain, options);
    const tries = rawTries(tasks, { ...options, out });
    const open = options.replace ? tries : tries.filter((one) => !isThere(one));
    const alreadyThere = tries.length - open.length;
    if (open.length === 0) {
      const player = options.model ?? options.policy ?? "expert";
      const nothing = { written: 0, failed: 0, success: undefined, reward: undefined, notices: [] };
      return { domain: title, player, ...nothing, alreadyThere, out };
    }
    const odd = warningsOf(open);
    const named = { name: title, domain };
    const player = await openPlayer(named, options);
    try {
      const ended = await played(named, player, open, options);
      const { name } = player;
      const notices = [...player.notices, ...odd];
      return { domain: title, player: name, notices, ...figuresOf(ended, name), alreadyThere, out };
    } finally {
      await player.close();
    }
  });
}

/** What tasks say is odd about what they were made of, such as captions that overlap: each once, with the tasks that say it. */
function warningsOf(tries: readonly RawTry[]): readonly string[] {
  const byText = new Map<string, Set<string>>();
  for (const { task } of tries) {
    const { warnings } = task as Task & { readonly warnings?: unknown };
    for (const one of Array.isArray(warnings) ? warnings.map(String) : [])
      byText.set(one, (byText.get(one) ?? new Set()).add(task.id));
  }
  return [...byText].map(([text, ids]) => `${namedTasks([...ids])}: ${text}`);
}

const namedTasks = ([first, ...others]: readonly string[]): string =>
  others.length === 0 ? first! : `${first!} and ${others.length} more`;

/** Runs the tries; each file is written when its try has ended. */
async function played(
  { name: domain }: NamedDomain,
  player: Player,
  tries: readonly RawTry[],
  { seed, signal, onProgress }: MakeRolloutsOptions,
): Promise<readonly Rollout[]> {
  const byId = new Map(tries.map((one) => [`${one.task.id} ${one.sample}`, one]));
  const report = progressMeter("trying", onProgress, { amount: tries.length, unit: "tries" });
  const writing: Promise<void>[] = [];
  let count = 0;
  const running = player.run({
    jobs: [...byId].map(([id, { task, sample }]) => ({
      ...{ id, task, seed: randomBits("rollout", seed, task.id, sample) },
    })),
    onEnd(rollout) {
      report(++count / tries.length);
      if (rollout.reward === undefined) return;
      const { name: agent, tokenizer } = player;
      const origin = { domain, agent, ...(tokenizer !== undefined && { tokenizer }) };
      writing.push(writeRaw(byId.get(rollout.id)!, rollout, origin));
    },
    signal,
  });
  // Also where a try ends the command, the files of those before it are written whole.
  await Promise.allSettled([running]);
  await Promise.all(writing);
  const ended = await running;
  if (signal.aborted) throw new HoneError("CANCELLED", { what: "The rollouts" });
  return ended;
}

/** @throws ALL_ROLLOUTS_FAILED */
function figuresOf(ended: readonly Rollout[], player: string) {
  const scored = ended.filter(({ reward }) => reward !== undefined);
  const failure = mostCommonFailure(ended);
  if (failure !== undefined && scored.length === 0) {
    const facts = { where: `of ${player}`, count: ended.length, problem: failureText(failure) };
    throw new HoneError("ALL_ROLLOUTS_FAILED", { ...facts, boundary: failure.boundary });
  }
  const mean = (of: (one: Rollout) => number): number =>
    scored.reduce((sum, one) => sum + of(one), 0) / scored.length;
  return {
    written: scored.length,
    failed: ended.length - scored.length,
    ...(failure !== undefined && { failure: failureText(failure) }),
    success: mean(({ isSuccess }) => Number(isSuccess)),
    reward: mean(({ reward }) => reward!.total),
  };
}
