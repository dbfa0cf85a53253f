/** A user's program as the agent of a run: what tries a task, and what the run says of it. */
import type { Task } from "../../core/rollout.ts";
import type { Agent } from "../../ports/agent.ts";
import { command } from "./command-agent.ts";

/** A program of the user's. */
export interface OutsideProgram {
  readonly agent: Agent<Task, string>;
  /** How it is run, as the run's notes say it: "started once a rollout". */
  readonly how: string;
}

/** How a command line is run. */
export const startedOnce = "started once a rollout";

/** @param line  a command line, started for each rollout */
export const commandProgram = (line: string): OutsideProgram => ({
  agent: command(line),
  how: startedOnce,
});
