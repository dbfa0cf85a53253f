/** The options of a domain's generator of tasks, checked in one way for all domains. */
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { type OptionChecks, optionChecks } from "../core/option-checks.ts";

/** What every generator of tasks takes. */
export interface TasksOptions {
  readonly split: "train" | "test";
  readonly count: number;
  /** Default [1]. */
  readonly levels?: readonly number[];
  /** Default 0. */
  readonly seed?: number;
}

/** The names of these options. */
export const tasksOptionNames: OptionNames<TasksOptions> = {
  split: true,
  count: true,
  levels: true,
  seed: true,
};

/**
 * Checks the options of a generator.
 * @param where  the name of the generator
 * @returns the checks of its other options
 * @throws OPTION_INVALID
 * @example checkTasksOptions("equationTasks", options, { levels: [1, 2, 3, 4, 5], names: tasksOptionNames });
 */
export function checkTasksOptions<Options extends TasksOptions>(
  where: string,
  options: Options,
  {
    levels: known,
    names,
  }: { readonly levels: readonly number[]; readonly names: OptionNames<Options> },
): OptionChecks {
  checkOptions(where, options, names);
  const check = optionChecks(where);
  const { split, count, levels = [1], seed = 0 } = options;
  check.oneOf("split", split, ["train", "test"]);
  check.whole("count", count, { min: 1 });
  check.whole("seed", seed);
  for (const level of check.list("levels", levels)) check.oneOf("levels", level, known);
  return check;
}
