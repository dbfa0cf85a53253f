/** What becomes of an option: its return in simulated futures, of which the true mean and risk are read. */
import { Random } from "../../core/random.ts";
import { type BusinessOption, isFeasible, type Situation } from "./situation.ts";

/** How an option does over all simulated futures. Returns are profit over cost. */
export interface Outlook {
  /** Mean return, in percent of the cost. */
  readonly gain: number;
  /** What is lost on average in the worst fifth of the futures, in percent of the cost; 0 when even they bring a profit (expected shortfall). */
  readonly loss: number;
  /** Share of the futures that end with a loss, in [0, 1]. */
  readonly lossProbability: number;
  /** The risk-adjusted return: `gain − loss`. */
  readonly score: number;
}

const futureCount = 400;

/**
 * Shocks of demand, standard normal, the lowest first. All options are simulated in the same futures, so that what differs
 * between them is not chance. Each draw is taken with both signs, and all are scaled to a deviation of 1.
 */
const shocks: readonly number[] = makeShocks();

function makeShocks(): readonly number[] {
  const random = new Random("business demand");
  const half = Array.from({ length: futureCount / 2 }, () => Math.abs(random.normal()));
  const deviation = Math.sqrt(half.reduce((sum, z) => sum + z * z, 0) / half.length);
  return half.flatMap((z) => [-z / deviation, z / deviation]).toSorted((a, b) => a - b);
}

/**
 * The outlook of an option.
 *
 *     customers = market · share / (1 + rivals / 4) · exp(σ z − σ² / 2)      z ~ N(0, 1), σ = spread
 *     return    = customers · margin / cost − 1
 *
 * Mean, loss and loss probability are taken over 400 values of z.
 */
export function outlookOf(situation: Situation, option: BusinessOption): Outlook {
  const sigma = option.spread / 100;
  const sales = expectedSales(situation, option);
  const returns = shocks.map(
    (z) => (sales * Math.exp(sigma * z - sigma ** 2 / 2)) / cost(option) - 1,
  );
  const gain = 100 * mean(returns);
  const loss = Math.max(0, -100 * mean(returns.slice(0, futureCount / 5)));
  const lossProbability = returns.filter((value) => value < 0).length / futureCount;
  return { gain, loss, lossProbability, score: gain - loss };
}

/** What the customers bring in on average, in thousands. */
export const expectedSales = ({ market, rivals = 0 }: Situation, option: BusinessOption): number =>
  ((market * option.share) / 100 / (1 + rivals / 4)) * option.margin;

const cost = ({ needs }: BusinessOption): number => needs.cash ?? 1;

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

/** A decision, measured against the other feasible options. */
export interface Verdict {
  /** Whether the firm has what the option needs. */
  readonly isFeasible: boolean;
  /** Mean return between that of the worst feasible option, 0, and that of the best, 1; 0 for an option that is not feasible. */
  readonly roi: number;
  /** One minus the probability of a loss; 0 for an option that is not feasible. */
  readonly risk: number;
  /** Whether its risk-adjusted return is that of the best feasible option, or at most 5 points below it. */
  readonly isRight: boolean;
}

/** Points of risk-adjusted return below the best that still count as the right decision. */
const tolerance = 5;

/** Judges the decision for an option of the situation. */
export function verdictOn(situation: Situation, chosen: BusinessOption): Verdict {
  if (!isFeasible(situation, chosen)) return { isFeasible: false, roi: 0, risk: 0, isRight: false };
  const feasible = situation.options.filter((option) => isFeasible(situation, option));
  const outlooks = feasible.map((option) => outlookOf(situation, option));
  const own = outlookOf(situation, chosen);
  const gains = outlooks.map(({ gain }) => gain);
  const [worst, best] = [Math.min(...gains), Math.max(...gains)];
  return {
    isFeasible: true,
    roi: best === worst ? 1 : (own.gain - worst) / (best - worst),
    risk: 1 - own.lossProbability,
    isRight: own.score >= Math.max(...outlooks.map(({ score }) => score)) - tolerance,
  };
}
