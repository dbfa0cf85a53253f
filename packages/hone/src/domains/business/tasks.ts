/**
 * Business situations as tasks, by level, generated from a seed.
 *
 *     level 1  3 options, one too expensive; limited cash
 *     level 2  3 options; limited cash and time
 *     level 3  4 options; limited cash and time; rivals
 *     level 4  5 options; limited cash, time and staff; rivals
 *
 * Of the feasible options, two or more, one is better than the others by at least 28 points of risk-adjusted return, more
 * than the estimates of `evaluate_risks` are off after a complete analysis. A hash of the situation decides its split.
 */
import { HoneError } from "../../core/errors.ts";
import { Random, randomBits } from "../../core/random.ts";
import type { Task } from "../../core/rollout.ts";
import { drawTasks } from "../../environments/drawn-tasks.ts";
import { checkTasksOptions, tasksOptionNames } from "../../environments/tasks-options.ts";
import { expectedSales, outlookOf } from "./simulator.ts";
import {
  type Amounts,
  type BusinessOption,
  formatSituation,
  isFeasible,
  type LimitName,
  parseSituation,
  type Situation,
} from "./situation.ts";

/** Difficulty of a situation, from 1, two options to compare, to 4, three limits and rivals. */
export type BusinessLevel = 1 | 2 | 3 | 4;

/** The task to decide in one situation. */
export interface BusinessTask extends Task {
  /** The whole situation as `parseSituation` reads it, with what only the simulator knows; the agent reads none of it. */
  readonly situation: string;
  /** The difficulty of the situation, from 1 to 4. */
  readonly level: BusinessLevel;
}

/** Which situations `businessTasks` draws. */
export interface BusinessTasksOptions {
  /** The split to draw from. */
  readonly split: "train" | "test";
  /** How many situations to make. */
  readonly count: number;
  /** Levels to draw from, in turn. Default [1]. */
  readonly levels?: readonly BusinessLevel[];
  /** Decides which situations are drawn. Default 0. */
  readonly seed?: number;
}

/**
 * Different situations of one split. The same options give the same tasks.
 * @throws OPTION_INVALID for an option that is unknown or out of its range; TASKS_EXHAUSTED when too few are found
 * @example businessTasks({ split: "test", count: 2, seed: 1 }).map((task) => task.situation);
 */
export function businessTasks(options: BusinessTasksOptions): readonly BusinessTask[] {
  checkTasksOptions("businessTasks", options, { levels: [1, 2, 3, 4], names: tasksOptionNames });
  const { split, count, levels = [1], seed = 0 } = options;
  const random = new Random("business situations", seed, split);
  return drawTasks<BusinessTask, BusinessLevel>(options, {
    where: "businessTasks",
    levels,
    maxDraws: 5000 + 300 * count,
    draw(level) {
      const situation = drawSituation(level, random);
      if (!isDecidable(situation)) return undefined;
      const text = formatSituation(situation);
      if (splitOf(text) !== split) return undefined;
      return { key: canonicalText(situation), task: businessTask(text, level) };
    },
  });
}

/**
 * The task of a situation of your own.
 *
 * @param situation  such as "bakery: cash 60, market 300; shop cash 40, share 5, margin 4.1, spread 30; van cash 20, share 3, margin 3, spread 10"
 * @param level      the level that the task names; the situation is not checked against it
 * @throws SITUATION_INVALID when it cannot be read, or no option is feasible
 * @example businessTask("bakery: cash 60, market 300; shop cash 40, share 5, margin 4.1, spread 30; van cash 20, share 3, margin 3, spread 10");
 */
export function businessTask(situation: string, level: BusinessLevel = 1): BusinessTask {
  const parsed = parseSituation(situation);
  if (!parsed.options.some((option) => isFeasible(parsed, option))) {
    const problem = "the firm has not what any of the options needs";
    throw new HoneError("SITUATION_INVALID", { situation: situation.slice(0, 80), problem });
  }
  const text = formatSituation(parsed);
  return {
    id: `business-${level}:${randomBits("business id", text).toString(36)}`,
    situation: text,
    level,
  };
}

/**
 * The split of a situation, the same whatever the order of its options.
 * @throws SITUATION_INVALID when it cannot be read
 * @example splitOf(task.situation); // "train" or "test"
 */
export function splitOf(situation: string): "train" | "test" {
  const canonical = canonicalText(parseSituation(situation));
  return randomBits("business split", canonical) % 5 === 0 ? "test" : "train";
}

/** One text for all orders of the options. */
function canonicalText(situation: Situation): string {
  const options = situation.options.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return formatSituation({ ...situation, options });
}

interface LevelShape {
  readonly options: number;
  readonly limits: readonly LimitName[];
  readonly hasRivals: boolean;
}

const shapes: Readonly<Record<BusinessLevel, LevelShape>> = {
  1: { options: 3, limits: ["cash"], hasRivals: false },
  2: { options: 3, limits: ["cash", "months"], hasRivals: false },
  3: { options: 4, limits: ["cash", "months"], hasRivals: true },
  4: { options: 5, limits: ["cash", "months", "staff"], hasRivals: true },
};

const firms = ["bakery", "farm", "hotel", "studio", "garage", "school"] as const;
const optionNames = [
  "shop",
  "van",
  "online",
  "export",
  "robot",
  "lease",
  "brand",
  "merger",
] as const;

/** What each limit is drawn from: the firm's amount, and what an option needs; both in steps. */
const ranges: Readonly<Record<LimitName, AmountRange>> = {
  cash: { step: 10, has: [4, 8], needs: [2, 11] },
  months: { step: 1, has: [5, 9], needs: [2, 11] },
  staff: { step: 1, has: [4, 8], needs: [1, 10] },
};

interface AmountRange {
  readonly step: number;
  readonly has: readonly [number, number];
  readonly needs: readonly [number, number];
}

function drawSituation(level: BusinessLevel, random: Random): Situation {
  const { options, limits, hasRivals } = shapes[level];
  const amount = (part: "has" | "needs") => (name: LimitName) => {
    const { step, [part]: bounds } = ranges[name];
    return [name, step * random.integer(...bounds)] as const;
  };
  const without: Situation = {
    firm: random.pick(firms),
    limits: Object.fromEntries(limits.map(amount("has"))),
    market: 50 * random.integer(2, 16),
    ...(hasRivals && { rivals: random.integer(0, 6) }),
    options: [],
  };
  const names = random.shuffle(optionNames).slice(0, options);
  const drawn = names.map((name) =>
    drawOption(without, name, Object.fromEntries(limits.map(amount("needs"))), random),
  );
  return { ...without, options: drawn };
}

/** An option whose margin is such that its mean return is about what was drawn for it. */
function drawOption(
  situation: Situation,
  name: string,
  needs: Amounts,
  random: Random,
): BusinessOption {
  const gain = 5 * random.integer(-4, 20);
  const option = {
    name,
    needs,
    share: random.integer(2, 9),
    margin: 1,
    spread: 5 * random.integer(2, 14),
  };
  const margin = ((1 + gain / 100) * needs.cash!) / expectedSales(situation, option);
  return { ...option, margin: Math.max(0.01, Math.round(margin * 100) / 100) };
}

/** Points by which the best feasible option must lead. */
const minLead = 28;

/** True when two options or more are feasible, one or more are not, and the best leads by enough to be told from the rest. */
function isDecidable(situation: Situation): boolean {
  const feasible = situation.options.filter((option) => isFeasible(situation, option));
  if (feasible.length < 2 || feasible.length === situation.options.length) return false;
  const scores = feasible.map((option) => outlookOf(situation, option).score);
  const [best = 0, second = 0] = scores.toSorted((a, b) => b - a);
  return best - second >= minLead;
}
