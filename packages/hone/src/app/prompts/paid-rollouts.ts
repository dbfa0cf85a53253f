/** Rollouts of prompts, each run once: for the trials of a method, and for the measurement of held-out tasks. */
import { HoneError } from "../../core/errors.ts";
import { type Prompts, promptsKey } from "../../core/prompts.ts";
import { randomBits } from "../../core/random.ts";
import type { PromptTrials, TrialResult } from "../../ports/prompt-method.ts";
import type { RolloutJob, RolloutRunner, RunRolloutsRequest } from "../../ports/rollout-runner.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { KeyedRollout } from "../training/stored/rollout-recorder.ts";
import { paidKey, type PaidWork, rolloutOf } from "./paid-work.ts";

/** Whether any agent has read the prompts that it was given. */
export class PromptReads {
  #count = 0;

  /** The prompts, whose reading is noticed. */
  watched(prompts: Prompts): Prompts {
    const texts = { ...prompts };
    for (const [name, text] of Object.entries(prompts)) {
      const get = (): string => {
        this.#count++;
        return text;
      };
      Object.defineProperty(texts, name, { get, enumerable: true });
    }
    return texts;
  }

  /** @throws PROMPT_UNREAD where rollouts have ended with an answer and no prompt was read */
  check(prompts: Prompts, answered: number): void {
    if (this.#count > 0 || answered === 0) return;
    const names = Object.keys(prompts).map((name) => JSON.stringify(name));
    throw new HoneError("PROMPT_UNREAD", { names: names.join(" or "), count: answered });
  }
}

/** What a runner of paid work is made of. */
export interface PaidRunnerParts {
  readonly runner: RolloutRunner;
  readonly paid: PaidWork;
  readonly reads: PromptReads;
  /** Tells tasks of one id in two lists apart: "train", "test". */
  readonly split: string;
  /** Is given each rollout that was not paid for before as soon as it has ended, with the key of its prompts and its task. */
  readonly onNew: (rollout: KeyedRollout) => Promise<void>;
}

/** A runner that takes from what was paid for what is there, and keeps the rest as soon as it has ended. */
export function paidRunner({ runner, paid, reads, split, onNew }: PaidRunnerParts): RolloutRunner {
  const keyOf = ({ prompts = {}, task, seed }: RolloutJob, { temperature }: RunRolloutsRequest) =>
    paidKey("rollout", split, promptsKey(prompts), task, seed, temperature ?? null);
  return {
    async run(request) {
      const keys = request.jobs.map((job) => keyOf(job, request));
      const wanted = new Map(
        request.jobs.flatMap((job, i) =>
          paid.rollout(keys[i]!) === undefined ? [[keys[i]!, { ...job, id: keys[i]! }]] : [],
        ),
      );
      const jobs = [...wanted.values()].map((job) => ({
        ...job,
        prompts: reads.watched(job.prompts ?? {}),
      }));
      let answered = 0;
      if (jobs.length > 0) {
        const keeping: Promise<void>[] = [];
        const groupOf = new Map(
          [...wanted.values()].map(({ id, prompts = {}, task }) => [
            id,
            paidKey("group", split, promptsKey(prompts), task),
          ]),
        );
        const running = runner.run({
          ...request,
          jobs,
          onEnd: (rollout) => {
            if (rollout.failure === undefined) answered++;
            paid.addRollout(rollout.id, rollout);
            keeping.push(onNew({ key: groupOf.get(rollout.id)!, rollout }));
          },
        });
        try {
          await running;
        } finally {
          await Promise.all(keeping);
        }
        reads.check(request.jobs[0]?.prompts ?? {}, answered);
      }
      return request.jobs.map(({ id, task }, i) => ({
        ...rolloutOf(paid.rollout(keys[i]!)!, task),
        id,
      }));
    },
  };
}

/** How trials are run. */
export interface PaidTrialsParts extends PaidRunnerParts {
  readonly policy: SamplingClient;
  readonly mode: "greedy" | "sampled";
  readonly seed: number;
}

/** The trials of a method. The same prompts at the same task with the same sample are the same rollout. */
export function paidTrials({ policy, mode, seed, ...parts }: PaidTrialsParts): PromptTrials {
  const runner = paidRunner(parts);
  return {
    async run(trials, signal) {
      const rollouts = await runner.run({
        policy,
        jobs: trials.map(({ prompts, task, sample }, i) => ({
          id: `trial-${i}`,
          task,
          prompts,
          seed: randomBits("prompt trial", seed, task.id, sample),
        })),
        ...(mode === "greedy" && { temperature: 0 }),
        ...(signal && { signal }),
      });
      return rollouts.map(({ reward, isSuccess, failure, answer, turns }): TrialResult => ({
        reward,
        isSuccess,
        failure,
        answer: typeof answer === "string" ? answer : undefined,
        conversations: turns.map(({ messages, reply }) => [...messages, reply]),
      }));
    },
  };
}
