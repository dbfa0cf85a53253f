/** What users' code gives an episode, checked: observations, results of steps, actions. A mistake is named before it does harm. */
import { HoneError, isHoneError, messageOf } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import type { Task } from "../core/rollout.ts";
import { shownValue } from "../core/shown-value.ts";
import type { Action, ActionEnvironment, StepResult } from "../ports/environment.ts";

/**
 * The environment, with everything that it returns checked, and with promises also where the given one returns at once.
 * @returns an environment whose methods throw or reject with ENVIRONMENT_FAILED when the given one throws, rejects, or returns what
 *          the contract does not allow; errors of hone pass unchanged
 */
export const checkedEnvironment = <T extends Task>(
  environment: ActionEnvironment<T>,
): ActionEnvironment<T> => ({
  reset: (task, seed, signal) =>
    awaited("reset", async () => text(await environment.reset(task, seed, signal))),
  validActions() {
    try {
      return texts(environment.validActions());
    } catch (error) {
      throw environmentFailed("validActions", error);
    }
  },
  step: (action, signal) =>
    awaited(`step "${action.name}"`, async () =>
      stepResult(await environment.step(action, signal)),
    ),
});

async function awaited<Value>(doing: string, call: () => Promise<Value>): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    throw environmentFailed(doing, error);
  }
}

function environmentFailed(doing: string, error: unknown): HoneError {
  if (isHoneError(error)) return error;
  const facts = { doing, problem: messageOf(error) };
  return new HoneError("ENVIRONMENT_FAILED", facts, { cause: error });
}

function text(observation: unknown): string {
  if (typeof observation === "string") return observation;
  throw wrong("the observation", observation, "a text");
}

function texts(names: unknown): readonly string[] {
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  throw wrong("the valid actions", names, "a list of texts");
}

function stepResult(result: StepResult): StepResult {
  const given: unknown = result;
  if (!isObject(given)) {
    throw wrong("the result", given, "{ observation, reward, terminated, truncated, info }");
  }
  text(given["observation"]);
  const { reward } = given;
  if (!Number.isFinite(reward)) throw wrong("the reward", reward, "a finite number");
  for (const flag of ["terminated", "truncated"]) {
    if (typeof given[flag] !== "boolean") throw wrong(flag, given[flag], "true or false");
  }
  if (!isObject(given["info"])) throw wrong("info", given["info"], "an object, which may be empty");
  return result;
}

const wrong = (part: string, got: unknown, expected: string): TypeError =>
  new TypeError(`${part} is ${shownValue(got)}; it must be ${expected}.`);

/**
 * An action as it was chosen.
 * @param who  who chose it, as the error begins: "The agent"
 * @throws ACTION_INVALID when it is no action, such as one whose key is misspelt
 */
export function checkedAction(who: string, action: unknown): Action {
  if (isAction(action)) return action;
  throw new HoneError("ACTION_INVALID", { who, got: shownValue(action) });
}

const isAction = (value: unknown): value is Action =>
  isObject(value) &&
  typeof value["name"] === "string" &&
  ["string", "undefined"].includes(typeof value["argument"]);
