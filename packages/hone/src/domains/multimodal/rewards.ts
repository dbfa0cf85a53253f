/** The reward of an episode of questions, with the five metrics of its answer. */
import type { Reward } from "../../core/rollout.ts";
import type { Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import {
  multimodalActions,
  scoredReply,
  type ShownResult,
  shownResults,
  withAddresses,
} from "./environment.ts";
import type { MultimodalTask } from "./questions.ts";
import { type MultimodalReply, parseReply } from "./reply.ts";

/**
 * The answer of an episode with the addresses of its images; undefined where there is none, or none that can be read.
 * @example repliedIn(await runEpisode(environment, task, agent))?.images;
 */
export function repliedIn({ steps }: Episode): MultimodalReply | undefined {
  const last = steps.at(-1)?.action;
  if (last?.name !== multimodalActions.answer) return undefined;
  const read = parseReply(last.argument ?? "");
  return "reply" in read ? withAddresses(read.reply, foundIn({ steps })) : undefined;
}

/** The images that an episode's searches showed, in the order of their numbers. */
export const foundIn = ({ steps }: Pick<Episode, "steps">): readonly ShownResult[] =>
  shownResults(steps.map(({ nextState }) => nextState));

/**
 * The reward: `total` is the sum of the steps, which is the overall score of the answer minus what was invented or invalid.
 *
 * The components are the metrics of `replyMetrics` that apply: `text_quality`, `image_relevance`, `image_completeness`, `restraint`,
 * `overall`; `image_given` (of questions with a helpful image: 1 where one is given, 0 where none is), `invented_urls` (a count),
 * `searches` (a count) and `success`.
 */
export function multimodalEpisodeReward(task: MultimodalTask, episode: Episode): Reward {
  const results = foundIn(episode);
  const metrics = scoredReply(repliedIn(episode), task, results);
  const { imageRelevance, imageCompleteness, restraint } = metrics;
  const searches = episode.steps.filter(({ action }) => action.name === multimodalActions.search);
  return {
    total: episode.totalReward,
    components: {
      text_quality: metrics.textQuality,
      ...(imageRelevance !== undefined && { image_relevance: imageRelevance }),
      ...(imageCompleteness !== undefined && {
        image_completeness: imageCompleteness,
        image_given: imageCompleteness > 0 ? 1 : 0,
      }),
      ...(restraint !== undefined && { restraint }),
      overall: metrics.overall,
      invented_urls: metrics.invented,
      searches: searches.length,
      success: episode.isSuccess ? 1 : 0,
    },
    source: "rule",
  };
}

/** The reward function of rollouts whose answer is an episode; 0 for a rollout without an episode. */
export const multimodalReward = ({
  task,
  answer,
}: UnscoredRollout<MultimodalTask, Episode>): Reward =>
  answer
    ? multimodalEpisodeReward(task, answer)
    : { total: 0, components: { success: 0 }, source: "rule" };
