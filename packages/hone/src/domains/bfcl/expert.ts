/** An agent that reads the possible answers, for learning from examples; its mistakes are calls by chance. */
import { Random } from "../../core/random.ts";
import { bfclCategories, type BfclFunction, type BfclTask } from "../../data/bfcl/bfcl-task.ts";
import type { DomainExpertOptions } from "../../environments/domain.ts";
import type { ActionAgent } from "../../environments/run-episode.ts";
import type { Action } from "../../ports/environment.ts";
import { type BfclCall, callsText } from "./calls.ts";
import { randomCall } from "./random-call.ts";
import { type PossibleCall, possibleCalls } from "./rule.ts";
import type { TypedDict, TypedValue } from "./typed-json.ts";
import { isOptional } from "./value-rule.ts";

/** What the expert says where nothing is to be called. */
const NO_CALL = "None of the functions fits.";

/**
 * The expert: the first of the possible values, and nothing that may be left out. With `mistakeRate` 1 it knows nothing: it calls a function
 * that is offered, drawn by chance, with arguments drawn from the function's schema and the question's words.
 * @example bfclExpert({ mistakeRate: 0, seed: 1 }, task).selectAction("", [], []); // { name: "reply", argument: '{"name": …' }
 */
export const bfclExpert = (
  { mistakeRate, seed }: DomainExpertOptions,
  task: BfclTask,
): ActionAgent => ({
  selectAction(): Action {
    const random = new Random("bfcl expert", seed);
    const isMistake = random.uniform() < mistakeRate && task.functions.length > 0;
    const calls = isMistake ? [randomCall(task, random)] : rightCalls(task);
    return { name: "reply", argument: callsText(calls) || NO_CALL };
  },
});

function rightCalls(task: BfclTask): readonly BfclCall[] {
  if (bfclCategories[task.category] === "any-call" && task.functions.length > 0)
    return [randomCall(task, new Random("any call", task.id))];
  return possibleCalls(task).map((possible) => firstCall(possible, task.functions));
}

function firstCall(
  { name, parameters }: PossibleCall,
  functions: readonly BfclFunction[],
): BfclCall {
  const required = functions.find((one) => one.name === name)?.parameters.required ?? [];
  const entries = [...parameters].flatMap(([key, possible]) => {
    const value = firstValue(possible, required.includes(key));
    return value === undefined ? [] : [[key, value] as const];
  });
  return { name, arguments: new Map(entries) };
}

/** The first possible value; undefined where the parameter may be left out. */
function firstValue(possible: TypedValue, isRequired: boolean): TypedValue | undefined {
  const values = possible.kind === "list" ? possible.value : [];
  if (!isRequired && values.some(isOptional)) return undefined;
  const value = values.find((one) => !isOptional(one)) ?? values[0];
  return value && withFirstFields(value);
}

/** Possible objects have a list of possible values for each field, also within a list of objects. */
function withFirstFields(value: TypedValue): TypedValue {
  if (value.kind === "dict") return { kind: "dict", value: firstFields(value.value) };
  if (value.kind === "list" && value.value.every(({ kind }) => kind === "dict"))
    return { kind: "list", value: value.value.map(withFirstFields) };
  return value;
}

const firstFields = (dict: TypedDict): TypedDict =>
  new Map(
    [...dict].flatMap(([key, possible]) => {
      const values = possible.kind === "list" ? possible.value : [];
      return values.length === 0 || values.some(isOptional) ? [] : [[key, values[0]!] as const];
    }),
  );
