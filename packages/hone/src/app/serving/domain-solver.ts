/** Solves problems that users write: a policy does them as tasks of a domain, and each episode is kept as a trace where there is a store. */
import { randomUUID } from "node:crypto";
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { HoneError, isHoneError } from "../../core/errors.ts";
import type { Rollout, Task } from "../../core/rollout.ts";
import type { Engine } from "../../engine/engine.ts";
import type { ChatFormat } from "../../environments/chat-format.ts";
import { environmentAgent, episodeMetricNames } from "../../environments/environment-agent.ts";
import type { Agent } from "../../ports/agent.ts";
import type { Episode } from "../../ports/environment.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { runAttempt } from "../../rollouts/attempt.ts";
import { succeeded } from "../../rollouts/checked-reward.ts";
import { traceOfRollout } from "../../rollouts/rollout-trace.ts";
import { tokenizerPrint } from "../../rollouts/tokenizer-print.ts";
import type { Solved, Solver } from "../../server/solver.ts";
import { type Domain, domainTitle } from "../domains.ts";
import { rateSolution, solvePhase } from "./rate-solution.ts";

/** What solves, and its limits. */
export interface DomainSolverOptions {
  /** The domain as the user named it. */
  readonly name: string;
  readonly domain: Domain;
  readonly engine: Engine;
  readonly policy: SamplingClient;
  /** The wording of episodes. */
  readonly format: ChatFormat;
  /** Actions until an episode is cut off. */
  readonly maxActions: number;
  /** Tokens of one reply at most. */
  readonly maxTokens: number;
  /** Time limit of one problem, in ms. */
  readonly deadlineMs: number;
  /** Where episodes and what people say of them are kept. Default: nowhere. */
  readonly store?: TraceStore | undefined;
}

/**
 * A solver of a domain's problems. It takes the likeliest token each time, so that the same problem has the same answer.
 * Requests that come together are sampled together.
 */
export async function domainSolver(options: DomainSolverOptions): Promise<Solver> {
  const { engine, store } = options;
  const origin = {
    run: `serve-${randomUUID().slice(0, 8)}`,
    phase: solvePhase,
    split: "train" as const,
    agent: domainTitle(options.name),
    tokenizer: await tokenizerPrint(engine.renderer),
  };
  let count = 0;
  return {
    solve: async (problem, signal) => {
      const rollout = await episodeOf(options, problem, signal);
      const place = { group: count++, index: 0, taskText: problem, endedAt: Date.now() };
      const trace = traceOfRollout(rollout, { ...origin, ...place });
      await store?.put([trace]);
      return solvedOf(options.domain, rollout, trace.id);
    },
    ...(store && { rate: (rating) => rateSolution(store, rating) }),
  };
}

/** A rollout that has an episode. */
interface DoneRollout extends Rollout<Task, Episode> {
  readonly answer: Episode;
}

async function episodeOf(
  { domain, engine, policy, format, maxActions, maxTokens, deadlineMs }: DomainSolverOptions,
  problem: string,
  signal: AbortSignal,
): Promise<DoneRollout> {
  const task = domain.problem(problem);
  const id = `solve-${randomUUID()}`;
  const agent = environmentAgent(() => domain.environment({ maxActions }), { format, maxActions });
  let thrown: unknown;
  const watched: Agent<Task, Episode> = async (one, context) => {
    try {
      return await agent(one, context);
    } catch (error) {
      thrown = error;
      throw error;
    }
  };
  const { contextLength } = engine.architecture;
  const chatModel = policyChatModels({
    renderer: engine.renderer,
    sampling: { maxTokens },
    contextLength,
  });
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  const attempt = await runAttempt(
    { agent: watched, reward: (rollout) => domain.reward(rollout), chatModel, deadlineMs },
    { policy, temperature: 0, signal, watch: () => undefined },
    { id, task, attempts: 1, seed: 0, elapsed },
  );
  const { answer, reward, failure } = attempt;
  if (failure !== undefined || answer === undefined || reward === undefined) {
    // What the request is to blame for, such as a problem that does not fit into the context, is said as it is.
    if (isHoneError(thrown)) throw thrown;
    const { boundary = "agent", message = "it gave no episode" } = failure ?? {};
    throw new HoneError("SERVE_SOLVE_FAILED", { boundary, problem: message });
  }
  return {
    ...attempt,
    id,
    task,
    attempts: 1,
    answer,
    isSuccess: succeeded(reward),
    seconds: elapsed(),
  };
}

function solvedOf(domain: Domain, rollout: DoneRollout, id: string): Solved {
  const { task, answer, turns, metrics = {} } = rollout;
  return {
    id,
    solution: domain.solution(task, answer) ?? null,
    isSuccess: rollout.isSuccess,
    reward: rollout.reward?.total ?? 0,
    actions: answer.steps.map(({ action, nextState, reward }) => ({
      ...action,
      observation: nextState,
      reward,
    })),
    structureScore: metrics[episodeMetricNames.structure] ?? 0,
    tokens: {
      prompt: turns.reduce((sum, { promptTokens }) => sum + promptTokens.length, 0),
      sampled: turns.reduce((sum, { tokens }) => sum + tokens.length, 0),
    },
  };
}
