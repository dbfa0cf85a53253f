/**
 * Agents that predict meetings by the exact estimate from what they have seen: an expert that calls every tool, and an explorer that
 * calls some at random and errs like a human rater.
 */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random, randomBits } from "../../core/random.ts";
import { type ActionAgent, runEpisode } from "../../environments/run-episode.ts";
import type { Action, Episode, EpisodeStep } from "../../ports/environment.ts";
import { meetingEnvironment } from "./environment.ts";
import { estimate, likeliestReason, textFacts } from "./knowledge.ts";
import { type Factor, factors } from "./model.ts";
import { formatPrediction } from "./prediction.ts";
import { PREDICT, toolCallLimits } from "./rewards.ts";
import type { MeetingTask } from "./tasks.ts";
import { factsIn, factsOfReason, factWords, meetingToolNames, toolFacts } from "./tools.ts";

/** How the expert or the explorer acts. */
export interface MeetingExpertOptions {
  /** Share of its decisions that are wrong, in [0, 1]. Default 0, of the explorer 0.2. */
  readonly mistakeRate?: number;
  /** Decides what it calls and which decisions are wrong. Default 0. */
  readonly seed?: number;
}

/** The standard deviation of a rater's probability around the best estimate. */
export const RATER_NOISE = 0.1;

/**
 * An expert for `meetingEnvironment`: calls all five tools, then predicts the expected probability and the likeliest
 * reason with its facts. With mistakes it leaves tools out, repeats one, or names a reason at random, and its probability is noisy.
 * @throws OPTION_INVALID for an unknown option or a rate outside [0, 1]
 * @example await runEpisode(meetingEnvironment(), task, meetingExpert());
 */
export const meetingExpert = (options: MeetingExpertOptions = {}): ActionAgent =>
  readingAgent(options, {
    where: "meetingExpert",
    mistakes: 0,
    minCalls: toolCallLimits.max,
    careful: 0,
  });

/**
 * An explorer: in half of its tries it acts like the expert; in the others it calls 2 to 5 tools at random, and judges like a rater, whose
 * probability is off by a normal error of deviation 0.1 and whose reason is at times another. Its episodes teach a new model the form
 * of the actions and what facts mean: the careful half alone would show no bad tries, the other half alone is too noisy to learn
 * from it what the facts together mean.
 * @throws as `meetingExpert`
 * @example await runEpisode(meetingEnvironment(), task, meetingExplorer({ seed: 1 }));
 */
export const meetingExplorer = (options: MeetingExpertOptions = {}): ActionAgent =>
  readingAgent(options, {
    where: "meetingExplorer",
    mistakes: 0.2,
    minCalls: toolCallLimits.min,
    careful: 0.5,
  });

interface Reading {
  readonly where: string;
  /** The default rate. */
  readonly mistakes: number;
  readonly minCalls: number;
  /** Share of its tries in which it calls every tool and makes no mistake. */
  readonly careful: number;
}

function readingAgent(options: MeetingExpertOptions, kind: Reading): ActionAgent {
  checkOptions(kind.where, options, { mistakeRate: true, seed: true });
  const { mistakeRate = kind.mistakes, seed = 0 } = options;
  optionChecks(kind.where).share("mistakeRate", mistakeRate);
  let plan: Plan | undefined;
  return {
    selectAction(state, valid, steps) {
      const text = steps[0]?.state ?? state;
      const random = new Random(kind.where, seed, steps.length, text);
      plan ??= planOf(random, mistakeRate, kind, valid.length > 1);
      const name = plan.calls[steps.length];
      const rating = { random, mistakeRate: plan.isCareful ? 0 : mistakeRate };
      return name === undefined ? prediction(text, steps, rating) : { name };
    },
  };
}

/** What is decided before the first action. */
interface Plan {
  readonly calls: readonly string[];
  /** Whether nothing is left to chance. */
  readonly isCareful: boolean;
}

function planOf(random: Random, mistakeRate: number, kind: Reading, hasTools: boolean): Plan {
  const isCareful = random.uniform() < kind.careful;
  if (!hasTools) return { calls: [], isCareful };
  const calls = isCareful ? meetingToolNames : plannedCalls(random, mistakeRate, kind.minCalls);
  return { calls, isCareful };
}

/** Which tools are called, in their order. A mistake repeats one in the place of another, or, where all were to be called, stops early. */
function plannedCalls(random: Random, mistakeRate: number, minCalls: number): readonly string[] {
  const isMistaken = random.uniform() < mistakeRate;
  const { min, max } = toolCallLimits;
  const calls = random.integer(isMistaken ? min : minCalls, max);
  const chosen = random.shuffle(meetingToolNames).slice(0, calls);
  // In one order for all, so that what was called says what may still be called.
  const plan = meetingToolNames.filter((name) => chosen.includes(name));
  const repeats = isMistaken && random.uniform() < 0.5;
  return repeats ? [...plan.slice(0, -1), plan[0]!] : plan;
}

interface Rating {
  readonly random: Random;
  readonly mistakeRate: number;
}

/** The prediction from all that was seen. With mistakes its probability is noisy and its reason at times another. */
function prediction(
  text: string,
  steps: readonly EpisodeStep[],
  { random, mistakeRate }: Rating,
): Action {
  const seen = factsIn(steps.map(({ nextState }) => nextState).join(" "));
  const best = estimate(textFacts(text)!, toolFacts(seen));
  const noise = mistakeRate === 0 ? 0 : RATER_NOISE * random.normal();
  const probability = Math.max(0, Math.min(1, best.probability + noise));
  const reason = random.uniform() < mistakeRate ? random.pick(factors) : likeliestReason(best);
  // From the text alone there are no facts of tools to claim.
  const claims = steps.length === 0 ? [] : claimsFor(reason, seen, random);
  return { name: PREDICT, argument: formatPrediction({ probability, reason, claims }) };
}

/** The facts for a reason as they were seen; what was not seen is guessed, as a careless rater does. */
const claimsFor = (
  reason: Factor,
  seen: Readonly<Record<string, string>>,
  random: Random,
): readonly string[] =>
  factsOfReason[reason].map((fact) => `${fact}=${seen[fact] ?? random.pick(guesses[fact]!)}`);

const guesses: Readonly<Record<string, readonly string[]>> = {
  shared: factWords.shared,
  apart: factWords.apart,
  energy: factWords.energy,
  engagement: factWords.engagement,
  time: factWords.time,
};

/**
 * The explorer's episodes on these tasks, one for each, in their order.
 * @throws as `meetingExplorer`
 * @example await explorerEpisodes(meetingTasks({ split: "train", count: 100 }), { seed: 1 });
 */
export async function explorerEpisodes(
  tasks: readonly MeetingTask[],
  options: MeetingExpertOptions = {},
): Promise<readonly Episode[]> {
  checkOptions("explorerEpisodes", options, { mistakeRate: true, seed: true });
  const { seed = 0 } = options;
  const episodes: Episode[] = [];
  for (const task of tasks) {
    const explorer = meetingExplorer({ ...options, seed: randomBits(seed, task.id) });
    episodes.push(await runEpisode(meetingEnvironment(), task, explorer));
  }
  return episodes;
}
