/** What the held-out meetings give without a model: chance, the base rate, a logistic regression, and the best estimates. */
import { mostFrequent } from "../../../core/most-frequent.ts";
import { hours, days, roleNames } from "../../../domains/meetings/attributes.ts";
import {
  estimate,
  likeliestReason,
  textFacts,
  type TextFacts,
} from "../../../domains/meetings/knowledge.ts";
import type { Factor, Truth } from "../../../domains/meetings/model.ts";
import type { MeetingRow } from "../../../domains/meetings/rows.ts";
import type { MeetingTask, TextTask } from "../../../domains/meetings/tasks.ts";
import {
  factsIn,
  meetingToolNames,
  toolAnswer,
  toolFacts,
} from "../../../domains/meetings/tools.ts";
import { logisticRegression } from "../../../evaluation/logistic-regression.ts";
import { meetingScores, type MeetingScores, randomScored, scoredAs } from "./meeting-scores.ts";

/** A rule and how good it is. */
export interface MeetingBaseline {
  readonly name: string;
  readonly scores: MeetingScores;
}

/** What the rules are fitted on and measured on. */
export interface BaselineData {
  readonly train: readonly MeetingRow[];
  readonly test: readonly TextTask[];
  /** The held-out meetings with all that tools show of them. */
  readonly meetings: readonly MeetingTask[];
  readonly seed: number;
}

/** The baselines on the held-out meetings. Those that read a text's fields are left out where texts are of another form. */
export function meetingBaselines(data: BaselineData): readonly MeetingBaseline[] {
  const { train, test, seed } = data;
  const truths = truthsOf(test);
  const mean = train.reduce((sum, { probability }) => sum + probability, 0) / train.length;
  const reasons = train.map(({ reason }) => reason);
  const usual = mostFrequent(reasons, String) ?? "engagement";
  const constant = test.map(({ id, truth }) => scoredAs(id, truth, mean, usual));
  return [
    { name: "random", scores: meetingScores(randomScored(truths, seed), seed) },
    { name: "base rate", scores: meetingScores(constant, seed) },
    ...textBaselines(data, usual),
  ];
}

/** The truth of each task. */
export const truthsOf = (tasks: readonly TextTask[]): ReadonlyMap<string, Truth> =>
  new Map(tasks.map(({ id, truth }) => [id, truth]));

function textBaselines(
  { train, test, meetings, seed }: BaselineData,
  usual: Factor,
): readonly MeetingBaseline[] {
  const known = train.map((row) => ({ row, facts: textFacts(row.text) }));
  const asked = test.map((task) => ({ task, facts: textFacts(task.text) }));
  if ([...known, ...asked].some(({ facts }) => facts === undefined)) return [];
  const regression = logisticRegression(
    known.map(({ facts }) => featuresOf(facts!)),
    known.map(({ row }) => row.probability),
  );
  const regressed = asked.map(({ task: { id, truth }, facts }) =>
    scoredAs(id, truth, regression.predict(featuresOf(facts!)), usual),
  );
  const ofText = asked.map(({ task: { id, truth }, facts }) => bestOf(id, truth, facts!, ""));
  const byId = new Map(meetings.map(({ id, meeting }) => [id, meeting]));
  const ofTools = asked.flatMap(({ task: { id, truth }, facts }) => {
    const meeting = byId.get(id);
    if (meeting === undefined) return [];
    const seen = meetingToolNames.map((name) => toolAnswer(name, meeting)).join(" ");
    return [bestOf(id, truth, facts!, seen)];
  });
  return [
    { name: "logistic regression on the text's fields", scores: meetingScores(regressed, seed) },
    { name: "best estimate from the text", scores: meetingScores(ofText, seed) },
    ...(ofTools.length === 0
      ? []
      : [{ name: "best estimate with all tools", scores: meetingScores(ofTools, seed) }]),
  ];
}

/** The prediction of the exact estimate. Its side of 0.5 is the likelier one, which need not be that of its mean. */
function bestOf(id: string, truth: Truth, facts: TextFacts, seen: string) {
  const best = estimate(facts, toolFacts(factsIn(seen)));
  const scored = scoredAs(id, truth, best.probability, likeliestReason(best));
  return { ...scored, isRight: best.positive >= 0.5 === truth.probability >= 0.5 };
}

/** A text's fields as numbers: 1 for the value that a field has, 0 for its others. */
const featuresOf = ({
  roles,
  apart,
  isSameMain,
  day,
  hour,
  earlierA,
}: TextFacts): readonly number[] => [
  ...roles.flatMap((role) => roleNames.map((name) => (name === role ? 1 : 0))),
  ...[0, 1, 2, 3].map((levels) => (levels === apart ? 1 : 0)),
  isSameMain ? 1 : 0,
  ...days.map((one) => (one === day ? 1 : 0)),
  ...hours.map((one) => (one === hour ? 1 : 0)),
  earlierA,
];
