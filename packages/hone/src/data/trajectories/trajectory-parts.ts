/**
 * The parts of a trajectory that not every form of files has a place for. Task, steps with their calls and results, and the answer are
 * in every form.
 */
import { isObject, parsedJson } from "../../core/json.ts";
import {
  toolOfKind,
  type TrajectoryStep,
  type UnifiedTrajectory,
} from "../../core/unified-trajectory.ts";

/** A part: whether a trajectory has it, and the trajectory without it. */
interface TrajectoryPart {
  readonly has: (trajectory: UnifiedTrajectory) => boolean;
  readonly without: (trajectory: UnifiedTrajectory) => UnifiedTrajectory;
}

/** The parts by their names, as tables and reports show them. */
export const trajectoryParts = {
  ids: always((one) => ({ ...one, id: "-" })),
  domain: always((one) => ({ ...one, domain: "-" })),
  split: part(
    ({ split }) => split !== undefined,
    ({ split: _, ...one }) => one,
  ),
  "ids of tasks": always((one) => ({ ...one, task: { ...one.task, id: "-" } })),
  "fields of tasks": part(
    ({ task }) => task.fields !== undefined,
    ({ task: { fields: _, ...task }, ...one }) => ({ ...one, task }),
  ),
  tools: part(
    ({ tools }) => tools.length > 0,
    (one) => ({ ...one, tools: [] }),
  ),
  thoughts: ofSteps(["thought"]),
  "words beside calls": {
    has: ({ steps }) => steps.some(({ kind, text }) => kind === "call" && text !== undefined),
    without: (one) => ({
      ...one,
      steps: one.steps.map((step) => (step.kind === "call" ? omit(step, ["text"]) : step)),
    }),
  },
  "ids of calls": ofSteps(["callId"]),
  "actions of episodes": {
    has: ({ steps }) => steps.some(isAction),
    without: (one) => ({ ...one, ...answerInWords(one), steps: one.steps.map(withoutAction) }),
  },
  "spelling of arguments": {
    has: ({ steps }) => steps.some((step) => withObject(step) !== step),
    without: (one) => ({ ...one, steps: one.steps.map(withObject) }),
  },
  outcome: part(
    ({ outcome: { status, isSuccess, error } }) =>
      status !== "completed" || isSuccess !== undefined || error !== undefined,
    (one) => ({ ...one, outcome: { status: "completed" } }),
  ),
  reward: part(
    ({ reward }) => reward !== undefined,
    ({ reward: _, ...one }) => one,
  ),
  "parts of rewards": part(
    ({ rewards }) => rewards !== undefined,
    ({ rewards: _, ...one }) => one,
  ),
  "rewards of steps": ofSteps(["reward"]),
  tokens: ofSteps(["promptTokens", "tokens", "logProbs", "weightsVersion"]),
  times: ofSteps(["startedAt", "ms"]),
  "agents of steps": ofSteps(["agent"]),
  agent: part(
    ({ provenance }) => provenance.agent !== undefined,
    ({ provenance: { agent: _, ...provenance }, ...one }) => ({ ...one, provenance }),
  ),
  model: part(
    ({ provenance }) => provenance.model !== undefined,
    ({ provenance: { model: _, ...provenance }, ...one }) => ({ ...one, provenance }),
  ),
} as const satisfies Record<string, TrajectoryPart>;

/** See `trajectoryParts`. */
export type TrajectoryPartName = keyof typeof trajectoryParts;

/**
 * Whether a step is a reply that was an action in an environment: its tool is the action's name, or it has the action's argument, or it
 * states a reason that the environment answered.
 */
const isAction = (step: TrajectoryStep): boolean =>
  step.kind !== "call" &&
  (step.tool !== toolOfKind[step.kind] || step.arguments !== undefined || isAnsweredReason(step));

/** Whether a step states a reason as an action of its own; a thought of a model, which then goes on, has no observation. */
export const isAnsweredReason = ({ kind, observation }: TrajectoryStep): boolean =>
  kind === "reason" && observation !== undefined;

/** The answer of an episode is what its last action says; where replies are words, it is the whole reply. */
function answerInWords({ steps, answer }: UnifiedTrajectory): Pick<UnifiedTrajectory, "answer"> {
  const last = steps.at(-1);
  const isWords = answer === undefined || last?.kind !== "answer" || !isAction(last);
  return isWords || last.text === undefined ? {} : { answer: last.text };
}

function withoutAction(step: TrajectoryStep): TrajectoryStep {
  if (step.kind === "call" || !isAction(step)) return step;
  // In words it is a reply like any other, which was answered.
  const kind = step.kind === "reason" ? "respond" : step.kind;
  return { ...omit(step, ["arguments", "name"]), kind, tool: toolOfKind[kind] };
}

/** All names, in the order of tables. */
export const trajectoryPartNames = Object.keys(trajectoryParts) as TrajectoryPartName[];

function part(has: TrajectoryPart["has"], without: TrajectoryPart["without"]): TrajectoryPart {
  return { has, without };
}

/** A part that every trajectory has, and for which readers of other forms find a value of their own. */
function always(without: TrajectoryPart["without"]): TrajectoryPart {
  return { has: () => true, without };
}

/** A key that a step may lack. */
type OptionalKey = {
  [K in keyof TrajectoryStep]-?: undefined extends TrajectoryStep[K] ? K : never;
}[keyof TrajectoryStep];

type OpenStep = { -readonly [K in keyof TrajectoryStep]: TrajectoryStep[K] };

function ofSteps(keys: readonly OptionalKey[]): TrajectoryPart {
  return {
    has: ({ steps }) => steps.some((step) => keys.some((key) => step[key] !== undefined)),
    without: (one) => ({ ...one, steps: one.steps.map((step) => omit(step, keys)) }),
  };
}

/** The step with its arguments as an object where they are a text of one, as with spaces between its members; else the step. */
function withObject(step: TrajectoryStep): TrajectoryStep {
  const { arguments: given } = step;
  if (typeof given !== "string") return step;
  const value = parsedJson(given);
  return isObject(value) ? { ...step, arguments: value } : step;
}

function omit(step: TrajectoryStep, keys: readonly OptionalKey[]): TrajectoryStep {
  const copy: OpenStep = { ...step };
  for (const key of keys) delete copy[key];
  return copy;
}

/** A trajectory without some parts. */
export const withoutParts = (
  trajectory: UnifiedTrajectory,
  names: readonly TrajectoryPartName[],
): UnifiedTrajectory => names.reduce((one, name) => trajectoryParts[name].without(one), trajectory);
