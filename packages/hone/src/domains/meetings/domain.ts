/** Meetings, as a domain for every command that takes one. */
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { meetingEnvironment } from "./environment.ts";
import { meetingExpert } from "./expert.ts";
import { compactMeetingFormat, instructedMeetingFormat } from "./format.ts";
import { meetingMaxActions } from "./limits.ts";
import { meetingReward } from "./rewards.ts";
import { type MeetingTask, meetingTasks } from "./tasks.ts";

/** Meetings: tasks, environment, reward, expert and wording. */
export const meetingsDomain: DomainDefinition<MeetingTask> = defineDomain<MeetingTask>({
  tasks: ({ split, count, seed }) => meetingTasks({ split, count, seed }),
  environment: meetingEnvironment,
  maxActions: meetingMaxActions,
  reward: meetingReward,
  expert: meetingExpert,
  format: { compact: compactMeetingFormat, instructed: instructedMeetingFormat },
});
