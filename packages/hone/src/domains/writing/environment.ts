/**
 * The environment of writing: an episode plans, writes and corrects one text, which is accepted as soon as it has no fault.
 *
 *     note about cat: apple, garden; 9 to 17 words; without dog → brainstorm_ideas quiet, river → ideas 2
 *        → create_outline garden, apple → outline 2
 *        → write_paragraph The quiet cat waits in the garden. Then it sees a apple by the river. → faults: a/an, missing apple
 *        → edit_content a apple => an apple → accepted
 *
 * README.md has the rules and the table of rewards. Writing pays by how much the text is better than it ever was in the episode,
 * so spoiling and mending it earns nothing.
 */
import { checkOptions } from "../../core/known-options.ts";
import { type ActionOutcome, afterTheEnd, episodeEnd } from "../../environments/episode-end.ts";
import type { Action, SynchronousEnvironment } from "../../ports/environment.ts";
import { assess, type Draft } from "./assess.ts";
import { type Brief, parseBrief } from "./brief.ts";
import { actionNames, changeDraft, emptyDraft } from "./steps.ts";
import type { WritingTask } from "./tasks.ts";

/** The rewards, in points. */
export const writingRewards = {
  /** Ideas, gathered once. */
  brainstorm_ideas: 0.5,
  /** An outline, made once. */
  create_outline: 1,
  /** A text that is accepted. Beside it, its quality is paid: up to 7, see `assess`. */
  accepted: 2,
  /** A paragraph or an edit after which the text is no better than it ever was, or an action that cannot be taken. */
  wrong_step: -0.5,
} as const;

/** Actions until an episode is cut off, where nothing else is said. */
export const writingMaxActions = 12;

/** The limits of `writingEnvironment`. */
export interface WritingEnvironmentOptions {
  /** Actions until the episode is cut off. Default 12. */
  readonly maxActions?: number;
}

/**
 * A new environment of writing, for one episode at a time. A task is a brief; README.md has actions and rewards.
 *
 * @throws OPTION_INVALID for an unknown option or a `maxActions` that is not a whole number of at least 1; BRIEF_INVALID from `reset`
 *         when a task's brief cannot be read
 * @example
 * const environment = writingEnvironment();
 * environment.reset(writingTask("note about cat: apple, garden"), 0);
 * environment.step({ name: "create_outline", argument: "garden, apple" }).reward; // 1
 */
export function writingEnvironment(
  options: WritingEnvironmentOptions = {},
): SynchronousEnvironment<WritingTask> {
  const where = "writingEnvironment";
  checkOptions(where, options, { maxActions: true });
  const end = episodeEnd(where, options.maxActions ?? writingMaxActions);
  let progress: Progress | undefined;
  return {
    reset(task) {
      const brief = parseBrief(task.brief);
      progress = { brief, draft: emptyDraft, best: 0 };
      end.begin();
      return task.brief;
    },
    validActions: () => (end.isOver() ? [] : actionNames),
    step: (action) =>
      progress && !end.isOver() ? end.result(outcomeOf(progress, action)) : afterTheEnd,
  };
}

/** How far an episode is. */
interface Progress {
  readonly brief: Brief;
  draft: Draft;
  /** The highest quality that the text had until now. */
  best: number;
}

function outcomeOf(progress: Progress, action: Action): ActionOutcome {
  const change = changeDraft(progress.brief, progress.draft, action);
  if (change.kind === "invalid") {
    const observation = `invalid: ${change.reason}`;
    return { observation, reward: writingRewards.wrong_step, isValid: false };
  }
  if (change.kind === "handed in") return { observation: "not accepted", reward: 0, isEnd: true };
  progress.draft = change.draft;
  if (action.name === "brainstorm_ideas") {
    return {
      observation: `ideas ${change.draft.ideas.length}`,
      reward: writingRewards.brainstorm_ideas,
    };
  }
  if (action.name === "create_outline") {
    return {
      observation: `outline ${progress.brief.points.length}`,
      reward: writingRewards.create_outline,
    };
  }
  return read(progress);
}

/** How many faults an observation names. */
const shownFaults = 3;

/** The text as its reader takes it: accepted, or with its faults; or the next paragraph is waited for. */
function read(progress: Progress): ActionOutcome {
  const { brief, draft } = progress;
  const { quality, faults } = assess(brief, draft);
  const gained = quality - progress.best;
  progress.best = Math.max(progress.best, quality);
  const paid = gained > 1e-9 ? gained : writingRewards.wrong_step;
  if (draft.paragraphs.length < brief.paragraphs) {
    const left = brief.paragraphs - draft.paragraphs.length;
    return { observation: `paragraphs left: ${left}`, reward: paid };
  }
  if (faults.length === 0) {
    const reward = Math.max(0, gained) + writingRewards.accepted;
    return { observation: "accepted", reward, isEnd: true, isSuccess: true };
  }
  return { observation: `faults: ${faults.slice(0, shownFaults).join(", ")}`, reward: paid };
}
