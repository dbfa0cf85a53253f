/** The user's agent as an improvement runs it: a program that is started for each try, or a file whose function answers many. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { programAgent, type ProgramParts } from "../serving/command-agent.ts";
import { fileAgent } from "../serving/file-agent.ts";
import { type OutsideProgram, startedOnce } from "../serving/outside-program.ts";
import type { ImproveSettings } from "./improve-settings.ts";
import { hiddenFields } from "./replay-rules.ts";

/** What names an agent. */
export type AgentSettings = Pick<ImproveSettings, "command" | "agentFile">;

/** How the agent is named, and whether that is a file. @throws CONFIG_INVALID where neither is given, or there is no such file */
export function agentNamed({ command, agentFile }: AgentSettings): {
  readonly name: string;
  readonly isFile: boolean;
} {
  if (command !== undefined) return { name: command, isFile: false };
  if (agentFile === undefined)
    throw invalid(
      "--command",
      "expected the command line that starts the agent; or give --agent-file, whose function answers a task.",
    );
  if (!existsSync(agentFile)) throw invalid("--agent-file", `there is no file ${agentFile}.`);
  return { name: agentFile, isFile: true };
}

const invalid = (where: string, problem: string): HoneError =>
  new HoneError("CONFIG_INVALID", { where, problem });

/** An agent, and what ends the processes that it has started. */
export interface ClosableProgram extends OutsideProgram {
  readonly close: () => Promise<void>;
}

/** @param parts  how its calls of tools are answered, and how it gets a prompt that is tried */
export function outsideAgent(settings: AgentSettings, parts: ProgramParts): ClosableProgram {
  const { name, isFile } = agentNamed(settings);
  const hidden = hiddenFields;
  if (isFile)
    return {
      ...fileAgent(resolve(name), { ...parts, hidden }),
      how: "loaded once in each of its processes",
    };
  const agent = programAgent(name, { hidden }, parts);
  return { agent, how: startedOnce, close: async () => undefined };
}
