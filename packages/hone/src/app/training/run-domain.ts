/** Which tasks a run learned, from its configuration. */
import type { RunRecord } from "../../formats/run-format.ts";
import { domainNames } from "../domains.ts";
import { systemOf } from "./training-settings.ts";

type Config = RunRecord["config"];

/** The domain that a run's configuration names; undefined where it names none. */
export function domainOfRun(run: Config | undefined): string | undefined {
  const { domain, command } = run ?? {};
  if (typeof domain === "string") return domain;
  // `hone run math` learns the domain of its name.
  const system = systemOf(command);
  return system !== undefined && domainNames.includes(system) ? system : undefined;
}

/** What a run learned other than a domain's tasks; undefined where it learned those. */
export function ownTasksOf({ command, data, agent, tasks }: Config): string | undefined {
  if (command === "train") return "the tasks that a program gave to train()";
  // The data of `hone run meetings` is a table of its domain.
  if (typeof data === "string" && systemOf(command) === undefined)
    return `the conversations of ${data}`;
  if (typeof agent !== "string") return undefined;
  return `the tasks of ${String(tasks)} with an agent of its own`;
}
