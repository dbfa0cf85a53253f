/**
 * The smallest exact language model: a softmax over a table of logits, one row per context of the last few tokens.
 *
 *     π(v | context) = softmax(logits[context] / temperature)[v]        d log π(v) / d logits = (1[v] − π) / temperature
 */
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { uniform } from "../core/random.ts";
import type { TokenIds } from "../core/rollout.ts";

/** Options of a tabular policy. */
export interface TabularOptions {
  /** How many tokens there are: 0 … vocabulary − 1. */
  readonly vocabulary: number;
  /** How many of the last tokens the next one depends on. The table has (vocabulary + 1)^order rows. Default 1. */
  readonly order?: number;
  /** Logits start uniform in ± this. Default 0. */
  readonly spread?: number;
  /** Seed of the first logits. Default 0. */
  readonly seed?: number;
}

/** Names of the options of a tabular policy. */
export const tabularOptionNames: OptionNames<TabularOptions> = {
  vocabulary: true,
  order: true,
  spread: true,
  seed: true,
};

/**
 * The smallest exact language model: a softmax over a table of logits, one row per context of the last few tokens.
 *
 *     π(v | context) = softmax(logits[context] / temperature)[v]
 */
export class TabularPolicy {
  /** How many tokens there are. */
  readonly vocabulary: number;
  /** How many of the last tokens the next one depends on. */
  readonly order: number;
  /** [(vocabulary + 1)^order · vocabulary] the table, row by row. */
  readonly logits: Float64Array;

  /** @throws OPTION_INVALID for an option that there is not */
  constructor(options: TabularOptions, logits?: Float64Array) {
    checkOptions("TabularPolicy", options, tabularOptionNames);
    const { vocabulary, order = 1, spread = 0, seed = 0 } = options;
    this.vocabulary = vocabulary;
    this.order = order;
    const size = (vocabulary + 1) ** order * vocabulary;
    this.logits =
      logits ??
      Float64Array.from({ length: size }, (_, i) => spread * (2 * uniform(seed, "table", i) - 1));
  }

  /** Where the logits after `tokens[0 … length − 1]` start; contexts before the first token are a symbol of their own. */
  rowAfter(tokens: TokenIds, length: number): number {
    let context = 0;
    for (let back = this.order; back >= 1; back--) {
      const token = tokens[length - back] ?? this.vocabulary;
      context = context * (this.vocabulary + 1) + token;
    }
    return context * this.vocabulary;
  }

  /** [V] log-probs at a row of the table, nats. */
  logProbsAt(row: number, temperature = 1): Float64Array {
    const logits = this.logits.subarray(row, row + this.vocabulary).map((x) => x / temperature);
    const max = logits.reduce((a, b) => Math.max(a, b), -Infinity);
    const log = max + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - max), 0));
    return logits.map((x) => x - log);
  }

  /** The same table in memory of its own. */
  copy(): TabularPolicy {
    const { vocabulary, order } = this;
    return new TabularPolicy({ vocabulary, order }, this.logits.slice());
  }
}
