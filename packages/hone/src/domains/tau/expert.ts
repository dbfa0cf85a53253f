/** A scripted expert at the service desk: keeps to the policy; makes mistakes at a given rate. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random } from "../../core/random.ts";
import type { ActionAgent } from "../../environments/run-episode.ts";
import type { Action, EpisodeStep } from "../../ports/environment.ts";
import { filledText, kindOf, parseRequest, type Request } from "./requests.ts";
import { toolNames } from "./shop-database.ts";
import { type Order, orderStatuses } from "./shop.ts";

/** How often, and at which seed, the expert makes mistakes. */
export interface ServiceExpertOptions {
  /** Share of actions that are wrong, in [0, 1]. Default 0. */
  readonly mistakeRate?: number;
  /** Decides which actions are wrong, and how. Default 0. */
  readonly seed?: number;
}

/**
 * An expert for `serviceEnvironment`, which reads only what the environment says. Without mistakes it serves every customer.
 * @throws OPTION_INVALID for an unknown option or a rate outside [0, 1]
 * @example await runEpisode(serviceEnvironment(), serviceTasks({ split: "train", count: 1 })[0]!, serviceExpert());
 */
export function serviceExpert(options: ServiceExpertOptions = {}): ActionAgent {
  checkOptions("serviceExpert", options, { mistakeRate: true, seed: true });
  const { mistakeRate = 0, seed = 0 } = options;
  optionChecks("serviceExpert").share("mistakeRate", mistakeRate);
  return {
    selectAction(state, _validActions, steps) {
      const random = new Random("tau expert", seed, steps.length, state);
      const right = rightAction(knowledgeOf(state, steps));
      return random.uniform() < mistakeRate ? mistake(right, random) : right;
    },
  };
}

/** What an expert knows of the conversation. */
interface Knowledge {
  /** What the customer waits for; undefined for words that are no request. */
  readonly request: Request | undefined;
  /** As the customer has told it. */
  readonly email: string | undefined;
  /** The numbers of the customer's orders; undefined before the customer was found. */
  readonly own: readonly number[] | undefined;
  /** The order of the request; undefined before it was read. */
  readonly order: Order | undefined;
  /** Whether the customer has said yes since the request. */
  readonly isConfirmed: boolean;
  /** Whether the change was made. */
  readonly isChanged: boolean;
}

function knowledgeOf(state: string, steps: readonly EpisodeStep[]): Knowledge {
  const seen = [steps[0]?.state ?? state, ...steps.map(({ nextState }) => nextState)];
  const at = seen.findLastIndex((text) => parseRequest(text) !== undefined);
  const request = at < 0 ? undefined : parseRequest(seen[at]!);
  // The first observation has no action before it, so that the action that led to seen[i] is that of step i − 1.
  const since = steps.slice(Math.max(0, at));
  const email = seen.map((text) => /^My email is (\w+)\.$/.exec(text)?.[1]).find(Boolean);
  const own = seen.map((text) => /^customer \w+: orders (.*)$/.exec(text)?.[1]).find(Boolean);
  const tool = request && kindOf(request.kind).tool;
  return {
    request,
    email,
    own: own?.split(", ").map(Number),
    order: seen.map(orderIn).find((order) => order?.id === request?.order && order),
    isConfirmed: since.some(({ nextState }) => nextState === "Yes."),
    isChanged: since.some(({ action }) => action.name === tool),
  };
}

function orderIn(text: string): Order | undefined {
  const parts = /^order (\d+): customer (\w+), (\w+), (\w+), (\d+) days, (\w+)$/.exec(text);
  const status = orderStatuses.find((one) => one === parts?.[4]);
  if (!parts || !status) return undefined;
  const [, id, customer = "", item = "", , days, city = ""] = parts;
  return { id: Number(id), customer, item, status, days: Number(days), city };
}

const say = (argument: string): Action => ({ name: "say", argument });

const refusal = say("I am sorry, I cannot do that.");

function rightAction({ request, email, own, order, isConfirmed, isChanged }: Knowledge): Action {
  if (!request) return refusal;
  const { kind, order: id, city } = request;
  const { tool, confirmation, isAllowed } = kindOf(kind);
  if (email === undefined) return say("Please tell me your email.");
  if (!own) return { name: "find_customer", argument: email };
  if (!own.includes(id)) return refusal;
  if (!order) return { name: "get_order", argument: String(id) };
  if (tool === undefined) return say(`Order ${id} is ${order.status}.`);
  if (isChanged) return say("It is done.");
  if (!isAllowed(order)) return refusal;
  if (!isConfirmed) return say(`Please confirm: ${filledText(confirmation, request)}.`);
  return { name: tool, argument: city === undefined ? String(id) : `${id} ${city}` };
}

/** A mistake in place of the right action: a question again, another order, a change that was not confirmed, a refusal, "done" too early. */
function mistake(right: Action, random: Random): Action {
  const { name, argument = "" } = right;
  const again = say("Please tell me your email.");
  const ends = [refusal, say("It is done.")];
  const order = /\d+/.exec(argument)?.[0];
  if (order === undefined) return random.pick([again, ...ends]);
  const change = { name: random.pick(toolNames.slice(2, 4)), argument: order };
  const other = argument.replace(order, String(random.integer(10, 99)));
  return random.pick([again, { name, argument: other }, change, ...ends]);
}
