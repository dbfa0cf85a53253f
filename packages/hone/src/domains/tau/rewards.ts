/**
 * The reward of an episode at the service desk:
 *
 *     total = 0.4 · completion + 0.2 · efficiency + 0.3 · quality + 0.1 · reasoning − 0.05 · invalid actions        (`trajectoryWeights`)
 *
 * README.md says what the parts are. Nothing is paid for requests that were not dealt with, so that doing nothing is worth nothing.
 */
import type { Reward } from "../../core/rollout.ts";
import type { Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { weighedParts } from "../../rewards/trajectory-reward.ts";
import { type Desk, INVALID, openDesk } from "./desk.ts";
import { expectedOrders, isAllowed, kindOf, type Request } from "./requests.ts";
import type { ServiceTask } from "./tasks.ts";

/** What an action costs that cannot be taken. */
export const INVALID_COST = -0.05;

/** What a conversation is worth until now; each part is in [0, 1]. */
export interface ServiceScore {
  /** 1 when every request was decided by what was looked up and ended as the policy says, and the database is as it must be. */
  readonly completion: number;
  /** With completion the actions that it takes, of those that were taken; else 0. */
  readonly efficiency: number;
  /** The mean of policy, tools and state. */
  readonly quality: number;
  /** Requests that were decided after the order had been looked up, of all. */
  readonly reasoning: number;
  /** Requests that were dealt with, and for which every call kept the policy, of all. */
  readonly policy: number;
  /** How well the calls of tools are those that were needed: the harmonic mean of precision and recall. */
  readonly tools: number;
  /** 1 at the end of the conversation when the database is as it must be. */
  readonly state: number;
  /** The parts with their weights. */
  readonly total: number;
}

/** What the conversation of a desk is worth, without the costs of invalid actions. */
export function scoreDesk(task: ServiceTask, desk: Desk): ServiceScore {
  const isOver = desk.user.current() === undefined;
  const state = isOver && isAsExpected(task, desk) ? 1 : 0;
  const reasoning = desk.grounded.size / task.requests.length;
  const completion = state === 1 && reasoning === 1 && endsAsExpected(task, desk) ? 1 : 0;
  const policy = policyOf(task, desk);
  const tools = toolsOf(task, desk);
  const parts = {
    completion,
    efficiency: completion * Math.min(1, neededActions(task) / Math.max(1, desk.actionCount())),
    quality: (policy + tools + state) / 3,
    reasoning,
  };
  return { ...parts, policy, tools, state, total: weighedParts(parts) };
}

/** Whether every order in the database is as the allowed requests make it. */
function isAsExpected({ orders, customer, requests }: ServiceTask, { database }: Desk): boolean {
  const expected = expectedOrders(orders, customer, requests);
  return JSON.stringify(database.orders()) === JSON.stringify(expected.toSorted(byId));
}

const byId = (a: { readonly id: number }, b: { readonly id: number }): number => a.id - b.id;

/** Whether the customer was told of every request what is true: done, refused, or the status of its order. */
function endsAsExpected({ orders, customer, requests }: ServiceTask, { user }: Desk): boolean {
  return requests.every((request, i) => {
    const isDone = isAllowed(request, customer, orders);
    const order = orders.find(({ id }) => id === request.order);
    const told = request.kind === "status" ? order?.status : "done";
    return user.ends[i] === (isDone ? told : "refused");
  });
}

function policyOf({ requests }: ServiceTask, { user, calls }: Desk): number {
  const kept = requests
    .slice(0, user.ends.length)
    .filter((request) => calls.every((call) => call.isKept || call.request !== request));
  return kept.length / requests.length;
}

function toolsOf(task: ServiceTask, { calls }: Desk): number {
  const needed = new Set([
    "find_customer",
    ...task.requests.flatMap((one) => neededCalls(task, one)),
  ]);
  const right = new Set<string>();
  for (const { tool, argument, isKept } of calls) {
    const call = tool === "find_customer" ? tool : `${tool} ${argument}`;
    if (isKept && needed.has(call)) right.add(call);
  }
  return calls.length === 0 ? 0 : (2 * right.size) / (calls.length + needed.size);
}

/** The calls that a request needs beside the identification of the customer. */
function neededCalls({ orders, customer }: ServiceTask, request: Request): readonly string[] {
  const { kind, order, city } = request;
  const isOwn = orders.some((one) => one.id === order && one.customer === customer);
  if (!isOwn) return [];
  const { tool } = kindOf(kind);
  const isDone = tool !== undefined && isAllowed(request, customer, orders);
  const argument = city === undefined ? String(order) : `${order} ${city}`;
  return [`get_order ${order}`, ...(isDone ? [`${tool} ${argument}`] : [])];
}

/** Asking for the address and finding the customer; then the calls of each request, the confirmation of a change, and the last word. */
function neededActions(task: ServiceTask): number {
  const each = task.requests.map((request) => {
    const calls = neededCalls(task, request);
    return calls.length + (calls.length === 2 ? 2 : 1);
  });
  return 2 + each.reduce((sum, count) => sum + count, 0);
}

/**
 * The reward of an episode: `total` is the sum of its step rewards.
 *
 * Its components are the parts before their weights, `policy`, `tools` and `state`, of which quality is the mean, `invalid` (the costs, ≤ 0),
 * `success` (0 or 1) and `steps` (a count).
 */
export function serviceEpisodeReward(task: ServiceTask, { steps, isSuccess }: Episode): Reward {
  const desk = openDesk(task);
  const observations = steps.map(({ action }) => desk.act(action));
  const { total, ...parts } = scoreDesk(task, desk);
  desk.database.close();
  const count = observations.filter((one) => one.startsWith(INVALID)).length;
  const invalid = count === 0 ? 0 : INVALID_COST * count;
  const components = { ...parts, invalid, success: isSuccess ? 1 : 0, steps: steps.length };
  return { total: total + invalid, components, source: "rule" };
}

/** The reward of a rollout of `environmentAgent`. @see serviceEpisodeReward */
export const serviceReward = ({ task, answer }: UnscoredRollout<ServiceTask, Episode>): Reward =>
  serviceEpisodeReward(task, answer);

/** The solution of a customer's requests: all that the agent said. */
export const saidWords = (_task: unknown, { steps }: Episode): string =>
  steps.flatMap(({ action }) => (action.name === "say" ? [action.argument ?? ""] : [])).join(" ");
