/** Different tasks of a domain, drawn at random until there are enough. */
import { HoneError } from "../core/errors.ts";
import type { Task } from "../core/rollout.ts";
import type { TasksOptions } from "./tasks-options.ts";

/** A task that was drawn, and a text that is the same for all tasks that count as one. */
export interface DrawnTask<T extends Task> {
  readonly key: string;
  readonly task: T;
}

/** How tasks are drawn. */
export interface DrawTasksOptions<T extends Task, Level extends number> {
  /** The name of the generator, for errors. */
  readonly where: string;
  /** Levels to draw from, in turn. */
  readonly levels: readonly Level[];
  /** Draws until the generator gives up. */
  readonly maxDraws: number;
  /**
   * A task of a level, for the place that it is to have in the list; undefined for one that is not wanted, such as one of another
   * split.
   */
  readonly draw: (level: Level, place: number) => DrawnTask<T> | undefined;
}

/**
 * Draws as many different tasks as are wanted.
 * @throws TASKS_EXHAUSTED when too few are found
 * @example drawTasks({ split: "train", count: 9 }, { where: "sumTasks", levels: [1], maxDraws: 1000, draw: drawSum });
 */
export function drawTasks<T extends Task, Level extends number>(
  { split, count: wanted }: Pick<TasksOptions, "split" | "count">,
  { where: generator, levels, maxDraws, draw }: DrawTasksOptions<T, Level>,
): readonly T[] {
  const tasks = new Map<string, T>();
  for (let draws = 0; tasks.size < wanted; draws++) {
    if (draws === maxDraws) {
      const where = `${generator} (${split}, levels ${levels.join(", ")})`;
      throw new HoneError("TASKS_EXHAUSTED", { where, wanted, available: tasks.size });
    }
    const drawn = draw(levels[tasks.size % levels.length]!, tasks.size);
    if (drawn !== undefined && !tasks.has(drawn.key)) tasks.set(drawn.key, drawn.task);
  }
  return [...tasks.values()];
}
