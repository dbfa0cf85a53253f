/**
 * Briefs as tasks, by level, generated from a seed, in the words of the small language.
 *
 *     level 1  a note with two points, 9 to 20 words
 *     level 2  any form, a tone, three points, 13 to 30 words
 *     level 3  any form, a tone, four points in two paragraphs, 20 to 44 words, two forbidden words
 *
 * A hash of subject and points decides the split (one in five is held out), so no seed, level or order of the points puts the same
 * ones into both.
 */
import { Random, randomBits } from "../../core/random.ts";
import type { Task } from "../../core/rollout.ts";
import { drawTasks } from "../../environments/drawn-tasks.ts";
import { checkTasksOptions, tasksOptionNames } from "../../environments/tasks-options.ts";
import { type Brief, formatBrief, forms, parseBrief } from "./brief.ts";
import { smallNouns, type Tone, toneWords } from "./lexicon.ts";

/** Difficulty of a brief, from 1, a note with two points, to 3, two paragraphs with four. */
export type WritingLevel = 1 | 2 | 3;

/** The task to write one text. */
export interface WritingTask extends Task {
  /** What is to be written, as the agent reads it and `parseBrief` does. */
  readonly brief: string;
  /** The difficulty of the brief, from 1 to 3. */
  readonly level: WritingLevel;
}

/** Which briefs `writingTasks` draws. */
export interface WritingTasksOptions {
  /** The split to draw from. */
  readonly split: "train" | "test";
  /** How many briefs to make. */
  readonly count: number;
  /** Levels to draw from, in turn. Default [1]. */
  readonly levels?: readonly WritingLevel[];
  /** Decides which briefs are drawn. Default 0. */
  readonly seed?: number;
}

/**
 * Different briefs of one split. The same options give the same tasks.
 * @throws OPTION_INVALID for an option that is unknown or out of its range; TASKS_EXHAUSTED when too few are found
 * @example writingTasks({ split: "test", count: 2, seed: 1 }).map((task) => task.brief);
 */
export function writingTasks(options: WritingTasksOptions): readonly WritingTask[] {
  checkTasksOptions("writingTasks", options, { levels: [1, 2, 3], names: tasksOptionNames });
  const { split, count, levels = [1], seed = 0 } = options;
  const random = new Random("writing briefs", seed, split);
  return drawTasks<WritingTask, WritingLevel>(options, {
    where: "writingTasks",
    levels,
    maxDraws: 2000 + 60 * count,
    draw(level) {
      const key = formatBrief(drawBrief(level, random));
      return splitOf(key) === split ? { key, task: writingTask(key, level) } : undefined;
    },
  });
}

/**
 * The task of a brief of your own.
 *
 * @param brief  such as "happy story about the old mill: river, first snow; 40 to 90 words; 2 paragraphs; without cold"
 * @param level  the level that the task names; the brief is not checked against it
 * @throws BRIEF_INVALID when it cannot be read
 * @example writingTask("note about cat: apple, garden");
 */
export function writingTask(brief: string, level: WritingLevel = 1): WritingTask {
  const text = formatBrief(parseBrief(brief));
  return { id: `writing-${level}:${text.replace(/\s+/g, "-")}`, brief: text, level };
}

/**
 * The split of a brief: the same for all briefs with this subject and these points.
 * @throws BRIEF_INVALID when it cannot be read
 * @example splitOf("note about cat: apple, garden"); // "train" or "test"
 */
export function splitOf(brief: string): "train" | "test" {
  const { subject, points } = parseBrief(brief);
  const key = [subject, ...points.toSorted()].join(", ");
  return randomBits("writing split", key) % 5 === 0 ? "test" : "train";
}

interface LevelShape {
  readonly points: number;
  readonly paragraphs: number;
  readonly forbidden: number;
  readonly isPlain: boolean;
  /** The lowest number of words is drawn from this range; the highest is `spread` more. */
  readonly minWords: readonly [number, number];
  readonly spread: number;
}

const shapes: Readonly<Record<WritingLevel, LevelShape>> = {
  1: { points: 2, paragraphs: 1, forbidden: 1, isPlain: true, minWords: [9, 12], spread: 8 },
  2: { points: 3, paragraphs: 1, forbidden: 1, isPlain: false, minWords: [13, 18], spread: 12 },
  3: { points: 4, paragraphs: 2, forbidden: 2, isPlain: false, minWords: [20, 28], spread: 16 },
};

function drawBrief(level: WritingLevel, random: Random): Brief {
  const { points, paragraphs, forbidden, isPlain, minWords, spread } = shapes[level];
  const nouns = random.shuffle([...smallNouns.things, ...smallNouns.places]);
  const subject = random.pick(smallNouns.animals);
  const others = smallNouns.animals.filter((animal) => animal !== subject);
  const fewest = random.integer(...minWords);
  return {
    form: isPlain ? "note" : random.pick(forms),
    ...(!isPlain && { tone: random.pick(Object.keys(toneWords) as Tone[]) }),
    subject,
    points: nouns.slice(0, points),
    minWords: fewest,
    maxWords: fewest + spread,
    paragraphs,
    // One that a writer could do without, but would like to use: a thing or a place, or another animal.
    forbidden: random.shuffle([...nouns.slice(points, points + 3), ...others]).slice(0, forbidden),
  };
}
