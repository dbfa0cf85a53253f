/** An algorithm of the user's own, as `hone train --algorithm ./mine.ts` takes it from a file. */
import type { OptimizerOptions } from "../../algorithms/blocks/optimizer.ts";
import type { Algorithm, AlgorithmSource } from "../../ports/algorithm.ts";
import type { SourceData } from "./training.ts";

/** Defaults of an algorithm's own settings, by name; a value given by a config file has the type of its default. */
export type OwnDefaults = Readonly<Record<string, number | string | boolean>>;

/** The type of a setting whose default is a literal. */
type Widened<Value> = Value extends number ? number : Value extends string ? string : boolean;

/** The checked settings that `create` is given: the algorithm's own, and what every algorithm has. */
export type OwnAlgorithmSettings<Defaults extends OwnDefaults> = {
  readonly [Name in keyof Defaults]: Widened<Defaults[Name]>;
} & {
  /** Rows of a step (pairs, answers), for an algorithm on given data. */
  readonly batchSize: number;
  /** Steps (and passes over given data, as `epochs`), learning rate, schedule and AdamW, as the built-in algorithms take them. */
  readonly optimizer: OptimizerOptions & { readonly steps?: number; readonly epochs?: number };
};

/** What `defineAlgorithm` is given. */
export interface OwnAlgorithm<
  Source extends AlgorithmSource = AlgorithmSource,
  Defaults extends OwnDefaults = OwnDefaults,
> {
  /** Names the run's phase, folder and metrics: small letters, digits and hyphens. */
  readonly name: string;
  /**
   * What it learns from: "rollouts" (`create` is given no data), "dataset" (conversations or rows, as `sft` takes them, in
   * `data.examples`), "preferences" (pairs, as `dpo` takes them, in `data.pairs`). Default "rollouts".
   */
  readonly source?: Source;
  /** True where preferences are answers that are rated one by one, in `data.answers`, as `kto` takes them. Default false. */
  readonly takesRatedAnswers?: boolean;
  /** True where every conversation of a dataset must have a reward; then they are in `data.scores`. Default false. */
  readonly needsRewards?: boolean;
  /** True where pairs train a reward model, a client with a value head. Default false. */
  readonly trainsValues?: boolean;
  /**
   * Its own settings with their defaults; a config file gives others. `steps`, `learningRate` and `batchSize` change the defaults of
   * those flags (50 or 100 steps, 1e-4, 16). Default: none.
   */
  readonly settings?: Defaults;
  /** Makes the algorithm. Its `name` and `source` are those above. */
  create(
    settings: OwnAlgorithmSettings<Defaults>,
    data: SourceData[Source],
  ): Algorithm | Promise<Algorithm>;
}

/**
 * Defines an algorithm for `hone train --algorithm ./mine.ts`, whose default export it is. The file is checked when it is opened.
 *
 * @example
 * export default defineAlgorithm({
 *   name: "mine",
 *   settings: { groupSize: 4 },
 *   create: ({ groupSize, optimizer }) => ({ name: "mine", steps: optimizer.steps ?? 50, run: (parts) => … }),
 * });
 */
export const defineAlgorithm = <
  const Source extends AlgorithmSource = "rollouts",
  const Defaults extends OwnDefaults = Readonly<Record<never, never>>,
>(
  definition: OwnAlgorithm<Source, Defaults>,
): OwnAlgorithm<Source, Defaults> => definition;
