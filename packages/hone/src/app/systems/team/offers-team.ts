/** The team of `hone run team`: three members on one policy, and what their work is worth. */
import type { Reward } from "../../../core/rollout.ts";
import type { TeamOutcome } from "../../../core/team.ts";
import { runTeam } from "../../../agents/team/team.ts";
import type { Agent } from "../../../ports/agent.ts";
import type { ChatModel } from "../../../ports/chat-model.ts";
import type { RewardFunction } from "../../../ports/reward.ts";
import type { Tracer } from "../../../ports/tracer.ts";
import { teamRewards } from "../../../rewards/team-rewards.ts";
import { compactMember } from "./compact-member.ts";
import type { OffersTask } from "./offers.ts";

const memberNames = ["ada", "ben", "cleo"] as const;

/** How a team works on a task. */
export interface TeamWork {
  readonly model: ChatModel;
  readonly seed: number;
  readonly tracer?: Tracer;
  readonly signal?: AbortSignal;
}

/** Lets the team work on a task. One turn at a time, so that the course of events depends on the seed alone. */
export const teamWork = (task: OffersTask, { model, ...options }: TeamWork): Promise<TeamOutcome> =>
  runTeam({
    task: task.text,
    members: Object.fromEntries(memberNames.map((name) => [name, compactMember(model, name)])),
    ...{ concurrency: 1, maxAnswersPerMember: 2, maxTurns: 5 },
    ...options,
  });

/** The same as an agent: all members are the policy that is trained, each under its name. */
export const offersAgent: Agent<OffersTask, TeamOutcome> = (task, { model, seed, signal }) =>
  teamWork(task, { model, seed, signal });

/**
 * The team's reward, of which the parts "agent/<name>" are the members' own. Beside them stand whether there was consensus and how many
 * rounds it took, which are no part of the total; success is that the right answer won.
 */
export function offersReward(outcome: TeamOutcome, { answer }: OffersTask): Reward {
  const isRight = (text: string): boolean => text === answer;
  const { team, members } = teamRewards(outcome, {
    quality: ({ text }) => (isRight(text) ? 1 : 0),
  });
  const { winner, isConsensus, rounds } = outcome;
  return {
    ...team,
    components: {
      ...team.components,
      ...Object.fromEntries(
        Object.entries(members).map(([name, { total }]) => [`agent/${name}`, total]),
      ),
      success: winner !== undefined && isRight(winner.text) ? 1 : 0,
      consensus: isConsensus ? 1 : 0,
      rounds,
    },
  };
}

/** The reward of a rollout. */
export const rolloutReward: RewardFunction<OffersTask, TeamOutcome> = ({ answer, task }) =>
  offersReward(answer!, task);
