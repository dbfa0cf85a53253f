/** Problems that users write as text: made tasks by a domain, and its solutions as text. */
import { HoneError, isHoneError, messageOf } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import type { Task } from "../../core/rollout.ts";
import { shownValue } from "../../core/shown-value.ts";
import type { DomainDefinition } from "../../environments/domain.ts";
import type { Episode } from "../../ports/environment.ts";
import { calledOf } from "./domain-calls.ts";

/**
 * The task of a problem.
 * @throws DOMAIN_PROBLEMS_ABSENT; PROBLEM_INVALID with what the domain's `problem` throws; DOMAIN_INVALID for what is no task
 */
export function problemTask<T extends Task>(
  domain: string,
  { problem }: DomainDefinition<T>,
  text: string,
): T {
  if (problem === undefined) throw new HoneError("DOMAIN_PROBLEMS_ABSENT", { domain });
  let task: T;
  try {
    task = problem(text);
  } catch (error) {
    const facts = { domain, problem: isHoneError(error) ? onOneLine(error) : messageOf(error) };
    throw new HoneError("PROBLEM_INVALID", facts, { cause: error });
  }
  const given: unknown = task;
  if (isObject(given) && typeof given["id"] === "string" && given["id"] !== "") return task;
  const fault = `the task of a problem is ${shownValue(given)}; it must have an \`id\`, a text`;
  throw new HoneError("DOMAIN_INVALID", { domain, problem: fault });
}

/**
 * A task as the domain's `problem` reads it; undefined where the domain does not write it.
 * @throws DOMAIN_FAILED when the domain's `problemText` throws, DOMAIN_INVALID when it gives no text
 */
export function writtenProblem<T extends Task>(
  domain: string,
  { problemText }: DomainDefinition<T>,
  task: T,
): string | undefined {
  if (problemText === undefined) return undefined;
  return textOf(domain, "problemText", task, () => problemText(task));
}

/** What an error of hone says, without its code and the mark before its advice. */
const onOneLine = (error: HoneError): string =>
  messageOf(error)
    .replace(/^\w+: /, "")
    .replace("\n  → ", " ");

/** The solution as text. @throws DOMAIN_FAILED when the domain's `solution` throws, DOMAIN_INVALID when it gives no text */
export function solutionText<T extends Task>(
  domain: string,
  { solution = lastSaid }: DomainDefinition<T>,
  task: T,
  episode: Episode,
): string | undefined {
  if (!episode.terminated) return undefined;
  return textOf(domain, "solution", task, () => solution(task, episode));
}

/** A text that a function of the domain gives. @throws DOMAIN_FAILED, DOMAIN_INVALID */
function textOf(domain: string, of: string, task: Task, call: () => unknown): string {
  const text = calledOf(domain, `its \`${of}\` was asked for (task ${task.id})`, call);
  if (typeof text === "string") return text;
  const problem = `its \`${of}\` gives ${shownValue(text)}; it must give a text`;
  throw new HoneError("DOMAIN_INVALID", { domain, problem });
}

function lastSaid(_task: Task, { steps }: Episode): string {
  const { name = "", argument = name } = steps.at(-1)?.action ?? {};
  return argument;
}
