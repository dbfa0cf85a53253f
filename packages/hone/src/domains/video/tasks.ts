/**
 * Questions about captions as tasks, by level, generated from a seed.
 *
 *     level 1  five captions; what happens first or last, who does something
 *     level 2  six captions; what happens right after or before something, when, how long
 *     level 3  seven captions; which of two things comes first
 *
 * A hash of the captions decides the split (one video in five is held out), so no video is in both, whatever is asked about it.
 */
import { HoneError } from "../../core/errors.ts";
import { Random, randomBits } from "../../core/random.ts";
import type { Task } from "../../core/rollout.ts";
import { type DrawnTask, drawTasks } from "../../environments/drawn-tasks.ts";
import { openQuestionWarning } from "../../environments/open-question.ts";
import { checkTasksOptions, tasksOptionNames } from "../../environments/tasks-options.ts";
import { readCaptions } from "./captions.ts";
import type { Cue } from "./cue.ts";
import {
  parseQuestion,
  type Question,
  type QuestionKind,
  questionText,
  type Solution,
  solve,
} from "./questions.ts";
import { sampleCaptions } from "./samples.ts";
import { captionLines, drawCues } from "./scenes.ts";

/** Difficulty of a question, from 1, one caption, to 3, two captions that are compared. */
export type VideoLevel = 1 | 2 | 3;

/** The task to answer one question about a video. */
export interface VideoTask extends Task {
  /** What is asked, as the agent reads it. */
  readonly question: string;
  /** The captions, as `readCaptions` reads them. */
  readonly captions: string;
  /** The answer with its captions. Where it is not known, an answer counts whose words stand in the captions that it cites. */
  readonly solution?: Solution;
  /** The difficulty of the question, from 1 to 3. Absent for a question of your own. */
  readonly level?: VideoLevel;
  /** What is odd about the captions, with the line; that the right answer is not known. */
  readonly warnings?: readonly string[];
}

/** Which questions `videoTasks` draws. */
export interface VideoTasksOptions {
  /** The split to draw from. */
  readonly split: "train" | "test";
  /** How many questions to make. */
  readonly count: number;
  /** Levels to draw from, in turn. Default [1]. */
  readonly levels?: readonly VideoLevel[];
  /** Decides which questions are drawn. Default 0. */
  readonly seed?: number;
}

/** Captions of a video, and kinds of questions, by level. */
const levelRows: Readonly<Record<VideoLevel, readonly [number, readonly QuestionKind[]]>> = {
  1: [5, ["first", "last", "who"]],
  2: [6, ["after", "before", "when", "duration"]],
  3: [7, ["order"]],
};

/**
 * Different questions of one split. The same options give the same tasks.
 * @throws OPTION_INVALID for an option that is unknown or out of its range; TASKS_EXHAUSTED when too few are found
 * @example videoTasks({ split: "test", count: 2, seed: 1 }).map(({ question }) => question);
 */
export function videoTasks(options: VideoTasksOptions): readonly VideoTask[] {
  const where = "videoTasks";
  checkTasksOptions(where, options, { levels: [1, 2, 3], names: tasksOptionNames });
  const { split, count, levels = [1], seed = 0 } = options;
  const random = new Random("video tasks", seed, split);
  const draw = (level: VideoLevel): DrawnTask<VideoTask> | undefined => {
    const [size, kinds] = levelRows[level];
    const cues = drawCues(size, random);
    const question = drawQuestion(random.pick(kinds), cues, random);
    const solution = solve(question, cues);
    const captions = captionLines(cues);
    if (typeof solution === "string" || splitOf(captions) !== split) return undefined;
    const text = questionText(question);
    const id = `video-${level}:${randomBits("video", captions, text).toString(36)}`;
    return { key: id, task: { id, question: text, captions, solution, level } };
  };
  return drawTasks({ split, count }, { where, levels, maxDraws: 2000 + 20 * count, draw });
}

/** The split of a video, whatever is asked about it. */
export const splitOf = (captions: string): "train" | "test" =>
  randomBits("video split", captions) % 5 === 0 ? "test" : "train";

function drawQuestion(kind: QuestionKind, cues: readonly Cue[], random: Random): Question {
  if (kind === "first" || kind === "last") return { kind };
  const [one, other] = random.shuffle(cues).map(({ text }) => text);
  if (kind === "order") return { kind, events: [one!, other!] };
  return { kind, event: kind === "who" ? one!.slice(one!.indexOf(" ") + 1) : one! };
}

/**
 * The task of a question of your own.
 * @param text  the question; behind an empty line the captions, as .srt, .vtt or plain lines. Default: `sampleCaptions`
 * @throws CAPTIONS_INVALID naming the line; VIDEO_QUESTION_INVALID for a question of a known form without an answer in the captions
 * @example videoTask("What happens first?\n\n[0:01] Mia opens the door\n[0:04] Tom washes the cup");
 */
export function videoTask(text: string): VideoTask {
  const [, question = "", captions = ""] = /^\s*(.+?)\s*(?:\n\s*\n([\s\S]*))?$/.exec(text) ?? [];
  const own = captions.trim() === "" ? sampleCaptions : captions;
  const { cues, warnings } = readCaptions(own);
  if (question === "")
    throw new HoneError("VIDEO_QUESTION_INVALID", { question, problem: "it is empty" });
  const asked = parseQuestion(question);
  const solution = asked && solve(asked, cues);
  if (typeof solution === "string")
    throw new HoneError("VIDEO_QUESTION_INVALID", { question, problem: solution });
  const all = [...warnings, ...(solution === undefined ? [openQuestionWarning] : [])];
  return {
    id: `video:${randomBits("video", own, question).toString(36)}`,
    ...{ question, captions: own },
    ...(solution !== undefined && { solution }),
    ...(all.length > 0 && { warnings: all }),
  };
}
