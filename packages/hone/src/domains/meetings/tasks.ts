/**
 * Meetings to predict, from a seed, and what a reader is told of one.
 *
 * A hash of the text decides a meeting's split (of ten texts one is for validation and two are for tests), so that no seed puts one text
 * into two of them.
 */
import { HoneError } from "../../core/errors.ts";
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random, randomBits } from "../../core/random.ts";
import type { Task } from "../../core/rollout.ts";
import {
  type Attendee,
  days,
  earlierMeetings,
  gaps,
  histories,
  type Hour,
  hours,
  type Meeting,
  moods,
  roleNames,
  roles,
  seniorities,
  topics,
} from "./attributes.ts";
import { drawOf } from "./distribution.ts";
import { type Truth, truthOf } from "./model.ts";

/** The task to predict whether a meeting will be a success. */
export interface MeetingTask extends Task {
  /** What the agent reads first; see `meetingText`. */
  readonly text: string;
  /** Everything about the meeting. The agent sees of it what the text and the tools show. */
  readonly meeting: Meeting;
}

/** The task to predict a meeting of which only a text and the truth are known, as from a row of a table. It has no tools. */
export interface TextTask extends Task {
  /** What the agent reads. */
  readonly text: string;
  /** What is to be predicted; the agent does not see it. */
  readonly truth: Truth;
}

/** The truth of a task. */
export const truthOfTask = (task: MeetingTask | TextTask): Truth =>
  "meeting" in task ? truthOf(task.meeting) : task.truth;

/** The parts into which meetings are split. */
export const meetingSplits = ["train", "validation", "test"] as const;
/** A part into which meetings are split. */
export type MeetingSplit = (typeof meetingSplits)[number];

/** Which meetings `meetingTasks` draws. */
export interface MeetingTasksOptions {
  /** The split to draw from. */
  readonly split: MeetingSplit;
  /** How many meetings to make. */
  readonly count: number;
  /** Decides which meetings are drawn. Default 0. */
  readonly seed?: number;
}

/**
 * Meetings of one split with different texts. The same options give the same tasks.
 * @throws OPTION_INVALID for an option that is unknown or out of its range; TASKS_EXHAUSTED when there are fewer texts (there are
 *         about 1.4 million)
 * @example meetingTasks({ split: "test", count: 2, seed: 1 }).map(({ text }) => text);
 */
export function meetingTasks(options: MeetingTasksOptions): readonly MeetingTask[] {
  const where = "meetingTasks";
  checkOptions(where, options, { split: true, count: true, seed: true });
  const { split, count, seed = 0 } = options;
  const check = optionChecks(where);
  check.oneOf("split", split, meetingSplits);
  check.whole("count", count, { min: 1 });
  const random = new Random("meetings", seed, split);
  const tasks = new Map<string, MeetingTask>();
  for (let draw = 0; tasks.size < count; draw++) {
    if (draw > 2000 + 60 * count) {
      const facts = { where: `${where} (${split})`, wanted: count, available: tasks.size };
      throw new HoneError("TASKS_EXHAUSTED", facts);
    }
    const task = meetingTask(drawMeeting(random));
    if (meetingSplitOf(task.text) === split) tasks.set(task.text, task);
  }
  return [...tasks.values()];
}

/** The task of a meeting of your own. @example meetingTask(meeting).text; */
export function meetingTask(meeting: Meeting): MeetingTask {
  const text = meetingText(meeting);
  const bits = ["id", "of"].map((key) => randomBits(key, text).toString(16).padStart(8, "0"));
  return { id: `meeting-${bits.join("")}`, text, meeting };
}

/** The split of a text. @example meetingSplitOf(task.text); // "train" */
export function meetingSplitOf(text: string): MeetingSplit {
  const place = randomBits("meeting split", text) % 10;
  return place < 2 ? "test" : place === 2 ? "validation" : "train";
}

/**
 * What is known of a meeting without a tool: roles, seniority, main interests, day, hour, and how many meetings person A has had.
 * @example
 * "Person A: senior founder, interested in AI. Person B: junior analyst, interested in health. Day 2, 15:00. A has had 3 meetings today."
 */
export function meetingText({ a, b, day, hour }: Meeting): string {
  const person = ({ seniority, role, interests }: Attendee): string =>
    `${seniority} ${role}, interested in ${interests[0]}`;
  return `Person A: ${person(a)}. Person B: ${person(b)}. Day ${day}, ${hour}:00. A has had ${a.earlier} meetings today.`;
}

function drawMeeting(random: Random): Meeting {
  const [day, hour] = [random.pick(days), random.pick(hours)];
  return {
    a: drawAttendee(random, hour),
    b: drawAttendee(random, hour),
    day,
    hour,
    gap: drawOf(random, gaps),
    history: drawOf(random, histories),
  };
}

function drawAttendee(random: Random, hour: Hour): Attendee {
  const role = random.pick(roleNames);
  const [first, second, third] = random.shuffle(topics);
  return {
    role,
    seniority: random.pick(seniorities),
    interests: [first!, second!, third!],
    engagement: drawOf(random, roles[role]),
    mood: drawOf(random, moods),
    earlier: drawOf<number>(random, earlierMeetings[hour]),
  };
}
