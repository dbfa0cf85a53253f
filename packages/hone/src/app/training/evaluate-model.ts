/** `hone eval`: a model, an adapter or a run on a domain's held-out tasks. */
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { HoneError } from "../../core/errors.ts";
import { environmentAgent } from "../../environments/environment-agent.ts";
import { evaluate, type Evaluation } from "../../evaluation/evaluate.ts";
import type { Agent } from "../../ports/agent.ts";
import type { Episode } from "../../ports/environment.ts";
import type { Rollout, Task } from "../../core/rollout.ts";
import { rolloutRunner } from "../../rollouts/rollout-runner.ts";
import { type DomainName, domainOf } from "../domains.ts";
import { findModel, type FindModelOptions, type FoundModel } from "../models/find-model.ts";
import { openOptions, openPolicy } from "../models/open-policy.ts";
import { progressMeter } from "../../core/progress.ts";
import { promptOf } from "./prompt-wording.ts";

export interface EvaluateModelOptions extends FindModelOptions {
  readonly model: string;
  readonly domain: DomainName;
  readonly levels: readonly number[];
  /** Held-out tasks. */
  readonly tasks: number;
  readonly mode: "greedy" | "sampled";
  readonly samplesPerTask: number;
  /** Of sampling. */
  readonly temperature: number;
  readonly maxTokens: number;
  readonly maxSteps: number;
  /** How tasks are told. Default: as in the run the model comes from, else instructed. */
  readonly prompt?: "compact" | "instructed" | undefined;
  readonly seed: number;
  readonly threads?: number;
}

export interface ModelEvaluation {
  readonly found: FoundModel;
  readonly evaluation: Evaluation;
  readonly seconds: number;
}

export type { Evaluation } from "../../evaluation/evaluate.ts";

/** Errors as `findModel`, `openEngine` and `evaluate`; ALL_ROLLOUTS_FAILED; CANCELLED after the signal. */
export async function evaluateModel(options: EvaluateModelOptions): Promise<ModelEvaluation> {
  const { model, signal, onProgress, seed, levels, maxSteps, mode } = options;
  const domain = domainOf(options.domain);
  const test = domain.tasks({ split: "test", count: options.tasks, levels, seed });
  const found = await findModel(model, options);
  const { engine, policy } = await openPolicy(found, openOptions(options));
  try {
    const start = performance.now();
    const { maxTokens, temperature, samplesPerTask } = options;
    const count = test.length * samplesPerTask;
    const total = { amount: count, unit: "tasks" };
    const agent = environmentAgent(() => domain.environment({ maxSteps }), {
      format: domain.formats[options.prompt ?? promptOf(found.run)],
      maxSteps,
    });
    const runner = rolloutRunner<Task, Episode>({
      agent: counted(agent, count, progressMeter("evaluating", onProgress, total)),
      reward: (rollout) => domain.reward(rollout),
      chatModel: policyChatModels({
        renderer: engine.renderer,
        sampling: { maxTokens, temperature },
        contextLength: engine.architecture.contextLength,
      }),
    });
    const { rollouts, ...evaluation } = await evaluate({
      policy,
      tasks: test,
      runner,
      mode,
      samplesPerTask,
      seed,
      ...(signal === undefined ? {} : { signal }),
    });
    if (signal?.aborted === true) throw new HoneError("CANCELLED", { what: "the evaluation" });
    checkSome(model, rollouts);
    return { found, evaluation, seconds: (performance.now() - start) / 1000 };
  } finally {
    await engine.close();
  }
}

/** A success of 0 would say that the model is bad, not that it was never heard. @throws ALL_ROLLOUTS_FAILED */
function checkSome(model: string, rollouts: readonly Rollout[]): void {
  const failures = rollouts.flatMap(({ failure }) => failure ?? []);
  const [first] = failures;
  if (first === undefined || failures.length < rollouts.length) return;
  const problem = `${first.boundary}: ${first.message}`;
  throw new HoneError("ALL_ROLLOUTS_FAILED", { model, count: rollouts.length, problem });
}

/** The agent, with a count of the rollouts it has ended. */
function counted<T extends Task, Answer>(
  agent: Agent<T, Answer>,
  count: number,
  report: (share: number) => void,
): Agent<T, Answer> {
  let ended = 0;
  return async (task, context) => {
    try {
      return await agent(task, context);
    } finally {
      report(Math.min(1, ++ended / count));
    }
  };
}
