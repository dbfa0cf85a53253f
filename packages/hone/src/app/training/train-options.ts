/** The options of `train`, and their check. */
import { type AgentsByAdapter, checkAdapters } from "../../agents/agents-by-adapter.ts";
import { policySamplingNames } from "../../agents/policy-chat-model.ts";
import { HoneError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Task } from "../../core/rollout.ts";
import type { LoraOptions } from "../../engine/lora/lora.ts";
import type { Agent } from "../../ports/agent.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import type { GroupReward, RewardFunction } from "../../ports/reward.ts";
import type { SamplingParams } from "../../ports/sampling-client.ts";
import { type AlarmLimits, alarmNames, alarmRanges } from "./alarms/alarm-limits.ts";
import { checkQueue } from "./check-queue.ts";
import { MAX_DEADLINE, MIN_DEADLINE } from "./deadline.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { checkRolloutStore } from "./stored/check-rollout-store.ts";
import type { PipelineEvent } from "./pipeline-events.ts";

/** A run of `train`: a model, an agent, its tasks and their reward, and an algorithm. */
export interface TrainOptions<T extends Task, Answer> {
  /**
   * The model to train: a Hugging Face id, a model folder, a run folder or its name, or "tiny", a small model made from the
   * seed whose tokenizer is trained on `texts`.
   */
  readonly model: string;
  /** Ordinary code that does a task with the model that is trained; what it returns is the answer. */
  readonly agent: Agent<T, Answer>;
  /**
   * `train` are learned from; they may be empty where every algorithm learns from given data, as `sft` and `dpo` do. `test` are never
   * learned from: they are measured before and after, so they say whether the agent got better.
   */
  readonly tasks: { readonly train: readonly T[]; readonly test: readonly T[] };
  /**
   * The reward of a rollout, or, by `groupReward` of hone-rl/rewards, of all rollouts of a task together: higher is better.
   * Where it has no component "success", a total above 0 is a success.
   */
  readonly reward: RewardFunction<T, Answer> | GroupReward<T, Answer>;
  /** One algorithm, or several that run one after the other as phases of one run. */
  readonly algorithm: Algorithm | readonly Algorithm[];
  /** The adapter to train; false trains all weights. Default: rank 8 on q_proj and v_proj; for "tiny" all weights. */
  readonly lora?: LoraOptions | false;
  /**
   * An adapter for each part of a team, with the agents whose calls it answers (`agent` of a call): they begin alike and are trained apart,
   * each on its own agents' turns, with the options of `lora`. An agent without one is an error, AGENT_WITHOUT_ADAPTER. They are saved in
   * `adapters/<name>` of the run folder. Default: all calls are one policy's.
   * @example { coordinator: ["planner"], workers: ["searcher", "writer"] }
   */
  readonly adapters?: AgentsByAdapter;
  /** How the model is sampled in rollouts. Default: at most 256 tokens at temperature 1. */
  readonly sampling?: Partial<Omit<SamplingParams, "seed" | "stopTokens" | "format" | "tellsKept">>;
  /**
   * Keep topK, topP and minP in rollouts that are learned from, where training takes the log-probs among the tokens that they left.
   * Default true. False uses them in evaluations of mode "sampled" only, which a warning says, SAMPLING_FILTERED.
   */
  readonly filtersInTraining?: boolean;
  /** How held-out tasks are measured. */
  readonly evaluation?: {
    /** "greedy" takes the most likely token, "sampled" samples as in rollouts. Default "greedy". */
    readonly mode?: "greedy" | "sampled";
    /** Rollouts for each held-out task. Default 1. */
    readonly samplesPerTask?: number;
  };
  /**
   * The store whose queue takes the rollouts, so that workers play them: `postgres://…`, `sqlite:…` or `https://…`. A worker is a program
   * that calls `work({ queue, programs: { [name]: workProgram({ agent, reward }) } })` with the same code. The run learns what it learns without; it
   * is refused beside `groupReward` and `adapters`. Default: this process plays them.
   */
  readonly queue?: string;
  /** Updates that rollouts which an earlier session left there may lag behind. Default 0. */
  readonly queueStaleness?: number;
  /** Where workers that load no weights have the model's calls answered, as "0.0.0.0:8001". Default: workers load them. */
  readonly queueServer?: string;
  /** Texts that the tokenizer of a "tiny" model is trained on. Default: the training tasks as JSON. */
  readonly texts?: readonly string[];
  /** The start of the run folder's name. Default "train"; beside `queue` it must be given, since workers find the run's agent by it. */
  readonly name?: string;
  /** The run folder, new or empty. Default: a new one in runs/. */
  readonly out?: string;
  /**
   * The folder of a stopped run to resume, with the same settings. For a finished run its result is returned again.
   * Default: a new run.
   */
  readonly resume?: string;
  /** Decides every draw: the same seed gives the same bytes on the same machine. Default 0. */
  readonly seed?: number;
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number;
  /** Rollouts that run at the same time. Default 64. */
  readonly concurrency?: number;
  /**
   * Time limit of one rollout (the agent with its reward), in seconds, without its waits for other rollouts; where the model
   * answers several rollouts at once, each is charged its share of that time. A rollout that takes longer counts as failed.
   * Default 60.
   */
  readonly deadline?: number;
  /** Steps between checkpoints; there is always one at the end of a phase. Default 25. */
  readonly checkpointEvery?: number;
  /**
   * Limits of the alarms that watch the run, each false to switch it off; false switches all off. What they say are warnings
   * (docs/warnings.md), and the run goes on. Default: `{ entropy: 0.1, length: 3, mismatch: 0.05, component: 3, test: 0 }`.
   */
  readonly alarms?: AlarmLimits | false;
  /**
   * Where every rollout is kept as a trace, in training and in evaluations, with its tokens, log-probs and reward: the address
   * of a store (`sqlite:./hone.db`, `files:./rl_data`, `postgres://…`), or an open store, which stays open. `rolloutsOf` reads
   * them back. Where the store fails in mid-run, training goes on and says what was lost. Default: `rollouts.db` in the run
   * folder.
   */
  readonly store?: string | TraceStore;
  /**
   * Which rollouts are kept: all, none, or a share from 0 to 1 of the groups, which are whole or absent. Default "all"; a
   * rollout of one turn with 300 tokens of prompt and 1,000 of reply takes about 20 KB.
   */
  readonly keepRollouts?: "all" | "none" | number;
  /**
   * True prints nothing. Default: `train` prints the run folder, each step and the result on stderr where that is a terminal,
   * and its warnings alone where it is none; `trainEvents` never prints.
   */
  readonly quiet?: boolean;
  /** Aborts when the run is to save and end; `train` then throws CANCELLED. */
  readonly signal?: AbortSignal;
  /** Called with every event of the run, as `trainEvents` yields them. */
  readonly onEvent?: (event: PipelineEvent) => void;
}

const loraNames: OptionNames<LoraOptions> = {
  rank: true,
  alpha: true,
  dropout: true,
  targetModules: true,
  rankStabilized: true,
};

const optionNames: OptionNames<TrainOptions<Task, unknown>> = {
  model: true,
  agent: true,
  tasks: { train: true, test: true },
  reward: true,
  algorithm: true,
  lora: true,
  // Their names are the user's; checkAdapters looks at them.
  adapters: true,
  sampling: policySamplingNames,
  filtersInTraining: true,
  evaluation: { mode: true, samplesPerTask: true },
  queue: true,
  queueStaleness: true,
  queueServer: true,
  texts: true,
  name: true,
  out: true,
  resume: true,
  seed: true,
  threads: true,
  concurrency: true,
  deadline: true,
  checkpointEvery: true,
  alarms: true,
  store: true,
  keepRollouts: true,
  quiet: true,
  signal: true,
  onEvent: true,
};

const requiredOptions = ["model", "agent", "tasks", "reward", "algorithm"] as const;

/**
 * Checks the options before anything is opened or written.
 * @throws OPTION_INVALID for an option that is missing, unknown or impossible; DATA_EMPTY for tasks or algorithms that are
 *         missing
 */
export function checkTrainOptions<T extends Task, Answer>(options: TrainOptions<T, Answer>): void {
  const check = optionChecks("train");
  const isAdapter = isObject(options) && isObject(options.lora);
  checkOptions<object>("train", options, { ...optionNames, lora: isAdapter ? loraNames : true });
  const missing = requiredOptions.filter((name) => options[name] === undefined);
  if (missing.length > 0) {
    const needed = `an object with ${requiredOptions.join(", ")} (missing: ${missing.join(", ")})`;
    throw check.invalid("options", options, needed);
  }
  const { evaluation, seed, concurrency, checkpointEvery, deadline, quiet } = options;
  check.text("model", options.model);
  check.callable("agent", options.agent);
  if (!isObject(options.reward)) check.callable("reward", options.reward);
  else check.callable("reward.rewards", options.reward["rewards"]);
  const { mode, samplesPerTask } = evaluation ?? {};
  if (mode !== undefined) check.oneOf("evaluation.mode", mode, ["greedy", "sampled"]);
  if (options.filtersInTraining !== undefined)
    check.flag("filtersInTraining", options.filtersInTraining);
  if (samplesPerTask !== undefined)
    check.whole("evaluation.samplesPerTask", samplesPerTask, { min: 1 });
  if (seed !== undefined) check.whole("seed", seed, { min: 0 });
  if (concurrency !== undefined) check.whole("concurrency", concurrency, { min: 1 });
  if (checkpointEvery !== undefined) check.whole("checkpointEvery", checkpointEvery, { min: 1 });
  if (quiet !== undefined) check.flag("quiet", quiet);
  checkAlarms(options);
  checkQueue(options);
  checkRolloutStore("train", options);
  if (deadline !== undefined)
    check.number("deadline", deadline, { min: MIN_DEADLINE, max: MAX_DEADLINE });
  checkAlgorithms(options);
  checkTeam(options);
}

/** @throws OPTION_INVALID for adapters that cannot be, and beside what trains no adapter or learns from data that name none */
function checkTeam({
  adapters,
  lora,
  algorithm,
}: Pick<TrainOptions<Task, unknown>, "adapters" | "lora" | "algorithm">): void {
  if (adapters === undefined) return;
  const check = optionChecks("train");
  checkAdapters(check, adapters);
  if (lora === false)
    throw check.invalid(
      "lora",
      lora,
      "left out or an object beside `adapters`, which are what is trained",
    );
  const given = algorithmsOf({ algorithm }).find(
    ({ source = "rollouts" }) => source !== "rollouts",
  );
  if (given !== undefined)
    throw check.invalid(
      "algorithm",
      given.name,
      "one that learns from rollouts beside `adapters`: given data do not say whose they are",
    );
}

/** @throws OPTION_INVALID for a name that no alarm has, and for a limit outside its range */
function checkAlarms({ alarms }: Pick<TrainOptions<Task, unknown>, "alarms">): void {
  if (alarms === undefined || alarms === false) return;
  checkOptions("train: alarms", alarms, alarmNames);
  const check = optionChecks("train");
  for (const [name, limit] of Object.entries(alarms))
    if (limit !== false && limit !== undefined)
      check.number(`alarms.${name}`, limit, alarmRanges[name as keyof AlarmLimits]);
}

/** The algorithms of a run, in the order of its phases. */
export const algorithmsOf = ({
  algorithm,
}: Pick<TrainOptions<Task, unknown>, "algorithm">): readonly Algorithm[] =>
  "run" in algorithm ? [algorithm] : algorithm;

function checkAlgorithms<T extends Task, Answer>({
  algorithm,
  tasks,
}: TrainOptions<T, Answer>): void {
  const check = optionChecks("train");
  const isAlgorithm = (one: unknown): boolean =>
    typeof one === "object" && one !== null && "run" in one && typeof one.run === "function";
  const given: readonly unknown[] = Array.isArray(algorithm) ? algorithm : [algorithm];
  if (!given.every(isAlgorithm)) {
    throw check.invalid("algorithm", algorithm, "an algorithm, such as grpo({ … }), or a list");
  }
  if (given.length === 0)
    throw new HoneError("DATA_EMPTY", { where: "train: algorithm", item: "algorithm" });
  const ofValues = algorithmsOf({ algorithm }).find(({ trainsValues = false }) => trainsValues);
  if (ofValues !== undefined) {
    const expected =
      "an algorithm that trains a policy: nothing could be sampled of a reward model (npx hone train reward-model trains one)";
    throw check.invalid("algorithm", ofValues.name, expected);
  }
  for (const split of ["train", "test"] as const) {
    if (!Array.isArray(tasks[split])) {
      throw check.invalid(`tasks.${split}`, tasks[split], "a list of tasks");
    }
  }
  for (const split of ["train", "test"] as const) checkTasks(`tasks.${split}`, tasks[split]);
  const needsTasks = algorithmsOf({ algorithm }).some(
    ({ source = "rollouts" }) => source === "rollouts",
  );
  if (needsTasks && tasks.train.length === 0)
    throw new HoneError("DATA_EMPTY", { where: "train: tasks.train", item: "task" });
  if (tasks.test.length === 0)
    throw new HoneError("DATA_EMPTY", { where: "train: tasks.test", item: "task" });
}

/** @throws OPTION_INVALID for a task without an id, and for an id that two tasks have */
function checkTasks(option: string, tasks: readonly unknown[]): void {
  const check = optionChecks("train");
  const places = new Map<string, number>();
  tasks.forEach((task, i) => {
    const id = isObject(task) ? task["id"] : undefined;
    if (typeof id !== "string" || id === "") {
      throw check.invalid(
        `${option}[${i}]`,
        task,
        "an object with an `id`, a text that is not empty",
      );
    }
    const before = places.get(id);
    if (before !== undefined) {
      const expected = `another id than ${option}[${before}] has: results are kept by the ids of tasks`;
      throw check.invalid(`${option}[${i}].id`, id, expected);
    }
    places.set(id, i);
  });
}
