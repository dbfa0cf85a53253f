/** `hone eval`: a model, an adapter or a run on a domain's held-out tasks. */
import { HoneError } from "../../core/errors.ts";
import { environmentAgent } from "../../environments/environment-agent.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";
import type { RunRecord } from "../../formats/run-format.ts";
import type { Agent } from "../../ports/agent.ts";
import type { Episode } from "../../ports/environment.ts";
import type { Rollout, Task } from "../../core/rollout.ts";
import { agentTasks } from "../../rollouts/agent-tasks.ts";
import { type Domain, withDomain } from "../domains.ts";
import { findModel, type FindModelOptions, type FoundModel } from "../models/find-model.ts";
import type { ParameterCounts } from "../models/count-parameters.ts";
import { openOptions } from "../models/open-found.ts";
import { evaluateFound } from "./evaluate-agent.ts";
import { progressMeter } from "../../core/progress.ts";
import { formatOf, wordingOf } from "./prompt-wording.ts";
import { domainOfRun, ownTasksOf } from "./run-domain.ts";

/** Tokens of a reply at most, where nothing says how many. */
const DEFAULT_TOKENS = 64;

/** What `hone eval` is given. */
export interface EvaluateModelOptions extends FindModelOptions {
  /** A folder, a run, or a Hugging Face id. */
  readonly model: string;
  readonly domain: string;
  /** Whether the domain was chosen; else a run that learned other tasks is refused. */
  readonly isDomainGiven: boolean;
  /** Difficulties of the tasks. Default: those of the run that the model comes from, else 1. */
  readonly levels?: readonly number[] | undefined;
  /** The number of held-out tasks. */
  readonly tasks: number;
  /** "greedy" takes the most likely token, "sampled" draws at `temperature`. */
  readonly mode: "greedy" | "sampled";
  /** How often each task is tried. */
  readonly samplesPerTask: number;
  /** Temperature of sampling. */
  readonly temperature: number;
  /** Longest reply, in tokens. Default: as in the run that the model comes from, else 64. */
  readonly maxTokens?: number | undefined;
  /** Actions until an episode is cut off. Default: as in that run, else the domain's own. */
  readonly maxActions?: number | undefined;
  /** The wording of tasks. Default: as in the run that the model comes from, else instructed. */
  readonly prompt?: string | undefined;
  /** Tries at the same time. Default 64. */
  readonly concurrency?: number;
  /** Time limit of one try, in seconds. Default 60. */
  readonly deadline?: number;
  /** Decides the tasks and every draw. */
  readonly seed: number;
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number;
}

/** What `hone eval` measured. */
export interface ModelEvaluation {
  readonly found: FoundModel;
  /** The domain whose tasks were tried. */
  readonly domain: string;
  readonly evaluation: Evaluation;
  /** Parameters of the model, and how many of them were trained. */
  readonly parameters: ParameterCounts;
  /** Wall time of the evaluation, in seconds. */
  readonly seconds: number;
  /** Lines to show the user: what was found with the model, and that the domain was not named. */
  readonly notices: readonly string[];
  /** Every try: those of a task behind each other, in the order of the tasks. */
  readonly rollouts: readonly Rollout[];
  /** The settings that it was made with, as they were resolved: what another evaluation needs to be compared with it. */
  readonly config: RunRecord["config"];
}

export type { Evaluation } from "../../evaluation/evaluate.ts";

/**
 * Measures a model on a domain's held-out tasks.
 * @throws as `findModel`, `openDomain` and `evaluate`; RUN_TASKS_OWN for a run that did not learn a domain's tasks; ALL_ROLLOUTS_FAILED; CANCELLED after the signal
 */
export async function evaluateModel(options: EvaluateModelOptions): Promise<ModelEvaluation> {
  const { model } = options;
  // A domain that is not there is said before a model is looked for, which may be a download.
  if (options.isDomainGiven) {
    return withDomain(options.domain, async (domain) =>
      measured(options, await findModel(model, options), { named: options.domain, domain }),
    );
  }
  const found = await findModel(model, options);
  const named = domainOfRun(found.run) ?? options.domain;
  return withDomain(named, (domain) => measured(options, found, { named, domain }));
}

async function measured(
  options: EvaluateModelOptions,
  found: FoundModel,
  { named, domain }: { readonly named: string; readonly domain: Domain },
): Promise<ModelEvaluation> {
  const { onProgress, seed, mode } = options;
  const { levels, maxActions } = { ...episodesOfRun(found, domain), ...given(options) };
  const maxTokens = longestReply(found, options);
  const test = domain.tasks({ split: "test", count: options.tasks, levels, seed });
  const notices = [
    ...(options.isDomainGiven ? [] : checkTasksOf(found, options)),
    ...fewerText(named, test.length, options.tasks),
  ];
  const { temperature, samplesPerTask } = options;
  const count = test.length * samplesPerTask;
  const total = { amount: count, unit: "tasks" };
  const wording = await wordingOf(options.prompt, found.run);
  const agent = environmentAgent(() => domain.environment({ maxActions }), {
    format: formatOf(domain.formats, wording),
    maxActions,
  });
  const {
    loss: _loss,
    rollouts,
    ...figures
  } = await evaluateFound(found, {
    tasks: agentTasks<Task, Episode>({
      tasks: test,
      agent: counted(agent, count, progressMeter("evaluating", onProgress, total)),
      reward: (rollout) => domain.reward(rollout),
    }),
    sampling: { maxTokens, temperature },
    mode,
    samplesPerTask,
    seed,
    ...limitsOf(options),
    ...openOptions(options),
  });
  const { parameters, seconds, ...evaluation } = figures;
  return {
    found,
    domain: named,
    evaluation,
    parameters,
    seconds,
    rollouts,
    notices: [...found.notices, ...notices],
    config: {
      ...triedWith(options),
      ...{ domain: named, levels, maxTokens, maxActions, ...wording.settled },
    },
  };
}

/** The settings of an evaluation that do not depend on what it measures. */
export const triedWith = (options: TriedOptions): RunRecord["config"] => {
  const { model, adapter, checkpoint, mode, samplesPerTask, temperature, seed, threads } = options;
  return {
    ...{ command: "eval", model },
    ...(adapter !== undefined && { adapter }),
    ...(checkpoint !== undefined && { checkpoint }),
    ...{ mode, samplesPerTask, temperature, seed },
    ...limitsOf(options),
    ...(threads !== undefined && { threads }),
  };
};

type TriedOptions = Omit<EvaluateModelOptions, "domain" | "isDomainGiven" | "tasks">;

/** How many tries there are at the same time and how long each may take, where that is said. */
export const limitsOf = ({
  concurrency,
  deadline,
}: Pick<EvaluateModelOptions, "concurrency" | "deadline">) => ({
  ...(concurrency !== undefined && { concurrency }),
  ...(deadline !== undefined && { deadline }),
});

/** The longest reply that is sampled, in tokens: as asked for, else as in the run that the model comes from. */
export function longestReply(
  { run = {} }: Pick<FoundModel, "run">,
  { maxTokens }: Pick<EvaluateModelOptions, "maxTokens">,
): number {
  if (maxTokens !== undefined) return maxTokens;
  return typeof run["maxTokens"] === "number" ? run["maxTokens"] : DEFAULT_TOKENS;
}

/** The levels and the length of episodes of the run that the model comes from; where it says none, level 1 and the domain's own length. */
function episodesOfRun({ run = {} }: FoundModel, domain: Domain): Episodes {
  const { level, levels = level === undefined ? undefined : [level], maxActions } = run;
  return {
    levels: Array.isArray(levels) ? levels.map(Number) : [1],
    maxActions: typeof maxActions === "number" ? maxActions : domain.maxActions,
  };
}

interface Episodes {
  readonly levels: readonly number[];
  readonly maxActions: number;
}

const given = ({ levels, maxActions }: EvaluateModelOptions): Partial<Episodes> => ({
  ...(levels && { levels }),
  ...(maxActions !== undefined && { maxActions }),
});

function fewerText(domain: string, got: number, wanted: number): string[] {
  if (got === wanted) return [];
  return [
    `DOMAIN_TASKS_FEWER: the domain ${domain} gives ${got} of the ${wanted} held-out tasks that were asked for (--tasks).`,
  ];
}

/**
 * Refuses a run whose tasks are not a domain's: a domain's would measure what it never learned. A model whose run is not known,
 * such as a copied folder, is measured, and the user is told at what.
 * @throws RUN_TASKS_OWN
 */
function checkTasksOf(
  { run }: FoundModel,
  { model, domain }: Pick<EvaluateModelOptions, "model" | "domain">,
): string[] {
  const learned = run && ownTasksOf(run);
  if (learned !== undefined) throw new HoneError("RUN_TASKS_OWN", { model, learned });
  if (domainOfRun(run) !== undefined) return [];
  return [
    `EVALUATION_DOMAIN_ASSUMED: nothing says which tasks ${model} learned, so it is tried at those of the domain "${domain}". Name a domain with --domain.`,
  ];
}

/** The same agent, which reports the share of rollouts that have ended. */
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
