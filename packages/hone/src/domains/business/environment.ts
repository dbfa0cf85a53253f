/**
 * The environment of business decisions: an episode finds out about a situation, action by action, and ends with a decision.
 *
 *     bakery: analyze cash, market → analyze_situation cash → cash 60 → analyze_situation market → market 310
 *        → identify_options → a shop cash 40; b van cash 20; c export cash 90 → evaluate_risks a → a: gain 45, loss 10
 *        → evaluate_risks b → b: gain 15, loss 5 → make_decision a → right
 *
 * README.md has the rules and the table of rewards. Each fact is paid once, so asking again earns nothing.
 */
import { checkOptions } from "../../core/known-options.ts";
import { uniform } from "../../core/random.ts";
import { type ActionOutcome, afterTheEnd, episodeEnd } from "../../environments/episode-end.ts";
import type { Action, SynchronousEnvironment } from "../../ports/environment.ts";
import { outlookOf, verdictOn } from "./simulator.ts";
import {
  type BusinessOption,
  factorsOf,
  isFeasible,
  letterOf,
  limitNames,
  optionOf,
  parseSituation,
  type Situation,
} from "./situation.ts";
import type { BusinessTask } from "./tasks.ts";

/** The rewards, in points. */
export const businessRewards = {
  /** A factor, analysed for the first time. */
  analyze_situation: 0.5,
  /** The options, identified for the first time. */
  identify_options: 1,
  /** A feasible option, evaluated for the first time. */
  evaluate_risks: 0.5,
  /** A decision that the firm can afford. */
  feasibility: 1,
  /** Times the mean return of the decision between the worst feasible option, 0, and the best, 1. */
  roi: 1,
  /** Times the probability that the decision brings no loss. */
  risk: 1,
  /** The decision for the best risk-adjusted return. */
  right: 2,
  /** Asking again, evaluating what is not feasible, or an action that cannot be taken. */
  wrong_step: -0.5,
  /** A decision for what the firm cannot afford. */
  infeasible: -1,
} as const;

/** Actions until an episode is cut off, where nothing else is said. */
export const businessMaxActions = 20;

/** The limits of `businessEnvironment`. */
export interface BusinessEnvironmentOptions {
  /** Actions until the episode is cut off. Default 20. */
  readonly maxActions?: number;
}

/**
 * A new environment of business decisions, for one episode at a time. README.md has actions and rewards.
 *
 * @throws OPTION_INVALID for an unknown option or a `maxActions` that is not a whole number of at least 1; SITUATION_INVALID from
 *         `reset` when a task's situation cannot be read
 * @example
 * const environment = businessEnvironment();
 * environment.reset(businessTasks({ split: "train", count: 1 })[0], 0); // "bakery: analyze cash, market"
 */
export function businessEnvironment(
  options: BusinessEnvironmentOptions = {},
): SynchronousEnvironment<BusinessTask> {
  const where = "businessEnvironment";
  checkOptions(where, options, { maxActions: true });
  const end = episodeEnd(where, options.maxActions ?? businessMaxActions);
  let progress: Progress | undefined;
  return {
    reset(task) {
      progress = begin(task);
      end.begin();
      return `${progress.situation.firm}: analyze ${factorsOf(progress.situation).join(", ")}`;
    },
    validActions: () => (progress && !end.isOver() ? actionNames(progress) : []),
    step: (action) =>
      progress && !end.isOver() ? end.result(outcomeOf(progress, action)) : afterTheEnd,
  };
}

/** How far an episode is. */
interface Progress {
  readonly situation: Situation;
  readonly taskId: string;
  readonly analysed: Set<string>;
  readonly evaluated: Set<string>;
  hasOptions: boolean;
}

const begin = ({ id, situation }: BusinessTask): Progress => ({
  situation: parseSituation(situation),
  taskId: id,
  analysed: new Set(),
  evaluated: new Set(),
  hasOptions: false,
});

const actionNames = ({ hasOptions }: Progress): readonly string[] => [
  "analyze_situation",
  "identify_options",
  ...(hasOptions ? ["evaluate_risks", "make_decision"] : []),
];

function outcomeOf(progress: Progress, { name, argument = "" }: Action): ActionOutcome {
  if (name === "analyze_situation") return analyse(progress, argument);
  if (name === "identify_options") return identify(progress, argument);
  const isAboutOption = name === "evaluate_risks" || name === "make_decision";
  if (!isAboutOption) return invalid("unknown action");
  if (!progress.hasOptions) return invalid("identify options first");
  const option = optionOf(progress.situation, argument);
  if (!option) return invalid("no such option");
  return name === "evaluate_risks" ? evaluate(progress, option) : decide(progress, option);
}

const invalid = (reason: string): ActionOutcome => ({
  observation: `invalid: ${reason}`,
  reward: businessRewards.wrong_step,
  isValid: false,
});

function analyse({ situation, taskId, analysed }: Progress, factor: string): ActionOutcome {
  if (!factorsOf(situation).includes(factor)) return invalid("no such factor");
  const reward = firstTime(analysed, factor)
    ? businessRewards.analyze_situation
    : businessRewards.wrong_step;
  return { observation: `${factor} ${factText(situation, taskId, factor)}`, reward };
}

/** A limit and the number of rivals are known exactly; the size of the market is off by up to 10 %. */
function factText(
  { limits, market, rivals = 0 }: Situation,
  taskId: string,
  factor: string,
): number {
  const limit = limitNames.find((name) => name === factor);
  if (limit) return limits[limit] ?? 0;
  if (factor === "rivals") return rivals;
  return 10 * Math.round((market * (1 + 0.1 * error(taskId, "market"))) / 10);
}

function identify(progress: Progress, argument: string): ActionOutcome {
  if (argument !== "") return invalid("identify_options takes no argument");
  const reward = progress.hasOptions
    ? businessRewards.wrong_step
    : businessRewards.identify_options;
  progress.hasOptions = true;
  const options = progress.situation.options.map(({ name, needs }, place) => {
    const amounts = limitNames.flatMap((limit) =>
      needs[limit] === undefined ? [] : [`${limit} ${needs[limit]}`],
    );
    return `${letterOf(place)} ${name} ${amounts.join(", ")}`;
  });
  return { observation: options.join("; "), reward };
}

function evaluate(progress: Progress, option: BusinessOption): ActionOutcome {
  const isUseful =
    firstTime(progress.evaluated, option.name) && isFeasible(progress.situation, option);
  return {
    observation: estimateText(progress, option),
    reward: isUseful ? businessRewards.evaluate_risks : businessRewards.wrong_step,
  };
}

/**
 * Largest error of an estimate in points: 4 when market and rivals were analysed, 25 more for each that was not. What is
 * shown is rounded to 5 points.
 */
const estimateErrors = { analysed: 4, unknown: 25 } as const;

function estimateText({ situation, taskId, analysed }: Progress, option: BusinessOption): string {
  const unknown = factorsOf(situation).filter(
    (factor) => (factor === "market" || factor === "rivals") && !analysed.has(factor),
  ).length;
  const width = estimateErrors.analysed + unknown * estimateErrors.unknown;
  const { gain, loss } = outlookOf(situation, option);
  const shown = (value: number, what: string): number =>
    5 * Math.round((value + width * error(taskId, option.name, what)) / 5);
  const letter = letterOf(situation.options.indexOf(option));
  return `${letter}: gain ${shown(gain, "gain") + 0}, loss ${Math.max(0, shown(loss, "loss"))}`;
}

/** The error of a fact, uniform in [−1, 1): the same each time that the same task asks for it. */
const error = (...keys: readonly string[]): number => 2 * uniform("business error", ...keys) - 1;

function decide({ situation }: Progress, option: BusinessOption): ActionOutcome {
  const verdict = verdictOn(situation, option);
  if (!verdict.isFeasible) {
    return { observation: "infeasible", reward: businessRewards.infeasible, isEnd: true };
  }
  const { feasibility, roi, risk, right } = businessRewards;
  return {
    observation: verdict.isRight ? "right" : "poor",
    reward: feasibility + roi * verdict.roi + risk * verdict.risk + (verdict.isRight ? right : 0),
    isEnd: true,
    isSuccess: verdict.isRight,
  };
}

function firstTime(done: Set<string>, name: string): boolean {
  const isFirst = !done.has(name);
  done.add(name);
  return isFirst;
}
