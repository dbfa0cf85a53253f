/**
 * The table of forms in which files hold trajectories, and what of a trajectory each has no place for. `hone convert --format`, its help,
 * what a conversion reports and the tables of docs/trajectories.md follow from it; form-rows.ts has how each is written.
 */
import { type TrajectoryPartName, trajectoryPartNames } from "./trajectory-parts.ts";

/** A form of files. */
interface TrajectoryForm {
  /** What it is, for help and tables. */
  readonly summary: string;
  /** The parts of a trajectory that it has no place for. */
  readonly lacks: readonly TrajectoryPartName[];
}

const allBut = (...kept: readonly TrajectoryPartName[]): readonly TrajectoryPartName[] =>
  trajectoryPartNames.filter((name) => !kept.includes(name));

const keptByChats = ["tools", "thoughts", "words beside calls", "ids of calls", "reward"] as const;

/** Arguments of calls are objects in TRL's forms, whatever text the model wrote them as. */
const lostByTrl = allBut(...keptByChats);

/** The forms by the names of `--format`. */
export const trajectoryForms = {
  unified: { summary: "hone's own", lacks: [] },
  chat: {
    summary: "OpenAI's messages; arguments of calls are JSON texts",
    lacks: allBut(...keptByChats, "spelling of arguments"),
  },
  "prompt-completion": {
    summary: "TRL's, of messages; arguments of calls are objects",
    lacks: lostByTrl,
  },
  preference: {
    summary: "TRL's pairs of tries at a task; arguments are objects",
    lacks: [...lostByTrl, "reward"],
  },
  sharegpt: {
    summary: "ShareGPT's, with function_call and observation",
    lacks: allBut("tools", "spelling of arguments", "reward"),
  },
  alpaca: {
    summary: "Alpaca's: questions and answers without tools",
    lacks: allBut("reward"),
  },
  art: {
    summary: "groups of trajectories of OpenPipe's ART",
    lacks: [
      ...(["actions of episodes", "rewards of steps", "tokens", "times"] as const),
      "agents of steps",
    ],
  },
  "agent-lightning": {
    summary: "spans of Agent Lightning",
    lacks: [
      ...(["domain", "split", "ids of tasks", "fields of tasks", "outcome"] as const),
      ...(["actions of episodes", "rewards of steps"] as const),
      ...(["agents of steps", "agent"] as const),
    ],
  },
  traces: { summary: "hone's traces", lacks: ["actions of episodes", "tokens"] },
} as const satisfies Record<string, TrajectoryForm>;

/** The name of a form. */
export type TrajectoryTarget = keyof typeof trajectoryForms;

/** All names. */
export const trajectoryTargets = Object.keys(trajectoryForms) as TrajectoryTarget[];
