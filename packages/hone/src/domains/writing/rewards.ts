/** The reward of an episode of writing: the sum of its steps, with named parts, and what the checks say of the last text. */
import type { Reward } from "../../core/rollout.ts";
import type { Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { assess, type Draft } from "./assess.ts";
import { parseBrief } from "./brief.ts";
import { writingRewards } from "./environment.ts";
import { changeDraft, emptyDraft } from "./steps.ts";
import type { WritingTask } from "./tasks.ts";

/**
 * The reward of an episode: `total` is the sum of its step rewards.
 *
 *     total = plan + text + accepted + costs        all in reward points; costs ≤ 0; text is the highest quality that was paid
 *
 * Beside the parts, which are the sum: of the last text `coherence`, `creativity`, `grammar` and `points`, each in [0, 1];
 * `success` (0 or 1), `steps` (a count) and `wrong_steps` (a count).
 */
export function writingEpisodeReward(task: WritingTask, episode: Episode): Reward {
  const parts = { plan: 0, text: 0, accepted: 0, costs: 0 };
  for (const { action, reward } of episode.steps) {
    if (reward < 0) parts.costs += reward;
    else if (action.name === "brainstorm_ideas" || action.name === "create_outline")
      parts.plan += reward;
    else parts.text += reward;
  }
  if (episode.isSuccess) {
    parts.accepted = writingRewards.accepted;
    parts.text -= writingRewards.accepted;
  }
  const { coherence, creativity, grammar, points } = assess(
    parseBrief(task.brief),
    draftOf(task, episode),
  );
  return {
    total: episode.totalReward,
    components: {
      ...parts,
      ...{ coherence, creativity, grammar, points },
      success: episode.isSuccess ? 1 : 0,
      steps: episode.steps.length,
      wrong_steps: episode.steps.filter((step) => step.reward < 0).length,
    },
    source: "rule",
  };
}

/** The text that an episode ended with. */
export function draftOf({ brief: text }: WritingTask, { steps }: Pick<Episode, "steps">): Draft {
  const brief = parseBrief(text);
  return steps.reduce<Draft>((draft, { action }) => {
    const change = changeDraft(brief, draft, action);
    return change.kind === "changed" ? change.draft : draft;
  }, emptyDraft);
}

/** The text of an episode, its paragraphs separated by an empty line. */
export const writtenText = (task: WritingTask, episode: Episode): string =>
  draftOf(task, episode).paragraphs.join("\n\n");

/** The reward function of rollouts whose answer is an episode: `writingEpisodeReward`, and 0 for a rollout without an episode. */
export function writingReward({ task, answer }: UnscoredRollout<WritingTask, Episode>): Reward {
  return answer
    ? writingEpisodeReward(task, answer)
    : { total: 0, components: { success: 0 }, source: "rule" };
}
