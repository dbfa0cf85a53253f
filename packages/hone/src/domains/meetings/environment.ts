/**
 * The environment of meetings: an agent reads the text of a meeting, calls tools that show more of it, and predicts.
 *
 *     Person A: senior founder, … Use tools, then predict. → seniority → apart=same → history → met=good
 *                                                          → predict 0.81 seniority_match apart=same
 *
 * Of a task that is a text alone (`TextTask`) the only action is to predict. An episode ends with a prediction. Its reward is that of
 * `calculateReward`: at the last step, but for the cost of an invalid output, which is paid where it happens.
 */
import { checkOptions } from "../../core/known-options.ts";
import type { Action, StepResult, SynchronousEnvironment } from "../../ports/environment.ts";
import { afterTheEnd, type EpisodeEnd, episodeEnd } from "../../environments/episode-end.ts";
import { meetingMaxActions } from "./limits.ts";
import { parsePrediction } from "./prediction.ts";
import {
  calculateReward,
  INVALID,
  INVALID_COST,
  isAccurate,
  PREDICT,
  toolCallLimits,
} from "./rewards.ts";
import { type MeetingTask, type TextTask, truthOfTask } from "./tasks.ts";
import { isMeetingTool, meetingToolNames, toolAnswer } from "./tools.ts";

/** The limits of `meetingEnvironment`. */
export interface MeetingEnvironmentOptions {
  /** Actions until the episode is cut off. Default 8. */
  readonly maxActions?: number;
}

/** What stands behind the text of a meeting where there are tools. */
const TOOLS_NOTE = "Use tools, then predict.";

/**
 * A new environment of meetings, for one episode at a time.
 * @throws OPTION_INVALID for an unknown option or a `maxActions` that is not a whole number of at least 1
 * @example
 * const environment = meetingEnvironment();
 * environment.reset(meetingTasks({ split: "train", count: 1 })[0]!, 0);
 * environment.step({ name: "topic_overlap" }).observation; // "shared=two"
 */
export function meetingEnvironment(
  options: MeetingEnvironmentOptions = {},
): SynchronousEnvironment<MeetingTask | TextTask> {
  const where = "meetingEnvironment";
  checkOptions(where, options, { maxActions: true });
  return new MeetingEnvironment(episodeEnd(where, options.maxActions ?? meetingMaxActions));
}

class MeetingEnvironment implements SynchronousEnvironment<MeetingTask | TextTask> {
  readonly #end: EpisodeEnd;
  /** Undefined before the first episode. */
  #task: MeetingTask | TextTask | undefined;
  readonly #calls: string[] = [];
  #hasInvalid = false;

  constructor(end: EpisodeEnd) {
    this.#end = end;
  }

  reset(task: MeetingTask | TextTask, _seed: number): string {
    this.#task = task;
    this.#calls.length = 0;
    this.#hasInvalid = false;
    this.#end.begin();
    return "meeting" in task ? `${task.text} ${TOOLS_NOTE}` : task.text;
  }

  validActions(): readonly string[] {
    if (this.#task === undefined || this.#end.isOver()) return [];
    const canCall = "meeting" in this.#task && this.#calls.length < toolCallLimits.max;
    return canCall ? [...meetingToolNames, PREDICT] : [PREDICT];
  }

  step(action: Action): StepResult {
    const task = this.#task;
    if (task === undefined || this.#end.isOver()) return afterTheEnd;
    if (action.name === PREDICT) return this.#predicted(task, action.argument ?? "");
    if (!("meeting" in task) || !isMeetingTool(action.name)) return this.#goOn(INVALID);
    // More calls than are allowed are counted as they are asked for, and not answered.
    this.#calls.push(action.name);
    const isAnswered = this.#calls.length <= toolCallLimits.max;
    return this.#goOn(
      isAnswered ? toolAnswer(action.name, task.meeting) : "No more tools: predict.",
    );
  }

  #goOn(observation: string): StepResult {
    const isValid = observation !== INVALID;
    const step = this.#end.result({ observation, reward: this.#costOf(!isValid), isValid });
    // An episode that is cut off has no prediction, which is an invalid output, too.
    return step.truncated ? { ...step, reward: step.reward + this.#costOf(true) } : step;
  }

  /** An invalid output costs once. */
  #costOf(isInvalid: boolean): number {
    if (!isInvalid || this.#hasInvalid) return 0;
    this.#hasInvalid = true;
    return INVALID_COST;
  }

  #predicted(task: MeetingTask | TextTask, argument: string): StepResult {
    const prediction = parsePrediction(argument);
    if (prediction === undefined)
      return this.#end.result({
        ...{ observation: "no prediction", reward: this.#costOf(true) },
        ...{ isEnd: true, isValid: false },
      });
    const truth = truthOfTask(task);
    const result = { prediction, calls: this.#calls, facts: [], isInvalid: false };
    const { total: reward } = calculateReward(result, truth);
    const isSuccess = isAccurate(prediction, truth);
    return this.#end.result({ observation: "predicted", reward, isEnd: true, isSuccess });
  }
}
