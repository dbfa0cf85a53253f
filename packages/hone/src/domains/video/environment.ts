/**
 * The environment of videos: an organiser answers a question about captions that it does not see. It asks two other agents, a text
 * analyst, who knows what is said, and a timeline agent, who knows when, and decides.
 *
 *     What happens right after "Mia washes the cup"? → text_search Mia washes the cup → 3 Mia washes the cup | 5 Mia fills the cup
 *        → timeline_next 3 → 4 Tom opens the door → reason 4 follows 3 → noted → finalize Tom opens the door [4; 3] → right
 *
 * Each step pays by how much the score of the episode rises (`scoreVideo`), so asking the same again earns nothing.
 */
import { checkOptions } from "../../core/known-options.ts";
import { afterTheEnd, episodeEnd } from "../../environments/episode-end.ts";
import type { Action, SynchronousEnvironment } from "../../ports/environment.ts";
import { readCaptions } from "./captions.ts";
import { parseFinal } from "./final-answer.ts";
import { lookUp } from "./look-up.ts";
import { type OpenedVideo, scoreVideo } from "./score.ts";
import type { VideoTask } from "./tasks.ts";

/** Actions until an episode is cut off, where no option says it. */
export const videoMaxActions = 12;

/** The limits of `videoEnvironment`. */
export interface VideoEnvironmentOptions {
  /** Actions until the episode is cut off. Default 12. */
  readonly maxActions?: number;
}

/** What an action costs that cannot be taken. */
export const invalidCost = -0.05;

/** The agents with their actions, in the order in which help names them. */
export const videoAgents = {
  "text analyst": ["text_search"],
  "timeline agent": [
    ...["timeline_first", "timeline_last", "timeline_next", "timeline_previous", "timeline_at"],
  ],
  organiser: ["reason", "finalize"],
} as const;

const actionNames: readonly string[] = Object.values(videoAgents).flat();

/**
 * A new environment of videos, for one episode at a time. README.md has actions and rewards.
 *
 * @throws OPTION_INVALID for an unknown option or a `maxActions` that is not a whole number of at least 1; CAPTIONS_INVALID from `reset`
 * @example
 * const environment = videoEnvironment();
 * environment.reset(videoTask("Who pours oil into the pan?"), 0);
 * environment.step({ name: "text_search", argument: "oil" }).observation; // "6 Leo pours oil into the pan"
 */
export function videoEnvironment(
  options: VideoEnvironmentOptions = {},
): SynchronousEnvironment<VideoTask> {
  const where = "videoEnvironment";
  checkOptions(where, options, { maxActions: true });
  const end = episodeEnd(where, options.maxActions ?? videoMaxActions);
  let progress: Progress | undefined;
  return {
    reset(task) {
      const video = { task, cues: readCaptions(task.captions).cues };
      progress = { video, taken: [], count: 0, score: 0 };
      end.begin();
      return task.question;
    },
    validActions: () => (end.isOver() ? [] : actionNames),
    step(action) {
      if (!progress || end.isOver()) return afterTheEnd;
      progress.count += 1;
      const said = answerTo(progress.video, action);
      if (said === undefined)
        return end.result({ observation: "invalid", reward: invalidCost, isValid: false });
      progress.taken.push(action);
      const { video, taken, count, score: before } = progress;
      const { total, completion } = scoreVideo(video, taken, count);
      progress.score = total;
      const [isEnd, isSuccess] = [action.name === "finalize", completion === 1];
      const observation = isEnd ? (isSuccess ? "right" : "wrong") : said;
      return end.result({ observation, reward: total - before, isEnd, isSuccess });
    },
  };
}

/** How far an episode is. */
interface Progress {
  readonly video: OpenedVideo;
  /** The actions that could be taken. */
  readonly taken: Action[];
  /** All actions. */
  count: number;
  /** What was paid until now, without costs. */
  score: number;
}

/** What the agent says whose action it is; undefined for an action that cannot be taken. */
function answerTo({ cues }: OpenedVideo, action: Action): string | undefined {
  const { name, argument = "" } = action;
  if (name === "reason") return argument.trim() === "" ? undefined : "noted";
  if (name === "finalize") return parseFinal(argument).answer === "" ? undefined : "answered";
  return lookUp(cues, action)?.said;
}
