/**
 * The reward of an episode at τ²-bench's shop, with the weights and the costs of `serviceReward`:
 *
 *     completion  1 when, at the end, the database is as after what a right agent does, and every output was said
 *     efficiency  with completion the calls of a right agent, of all actions, at most 1; else 0
 *     quality     mean of tools (harmonic mean of precision and recall of the right agent's calls) and state (1 when the database is right)
 *     reasoning   changes of the database before which the order or the user was looked up, of all changes
 *
 * The benchmark's own success is `completion`; of its assertions in words, which a model judges, nothing is checked.
 */
import { isDeepStrictEqual } from "node:util";
import type { Reward } from "../../../core/rollout.ts";
import type { Episode } from "../../../ports/environment.ts";
import { weighedParts } from "../../../rewards/trajectory-reward.ts";
import { INVALID } from "../desk.ts";
import { INVALID_COST } from "../rewards.ts";
import { expectedData, isSameState, openRetailDesk, type RetailDesk } from "./retail-desk.ts";
import type { RetailCall, RetailTask } from "../../../data/tau2/retail-task.ts";
import { retailTools } from "./retail-tools.ts";

/** What the conversation of a desk is worth at its end, without the costs of invalid actions. */
export function scoreRetail(task: RetailTask, desk: RetailDesk) {
  const state = isSameState(desk.data, expectedData(task)) ? 1 : 0;
  const completion = state === 1 && task.outputs.every((output) => isSaid(output, desk)) ? 1 : 0;
  const tools = toolsOf(task, desk);
  const parts = {
    completion,
    efficiency: completion * Math.min(1, task.calls.length / Math.max(1, desk.actionCount())),
    quality: (tools + state) / 2,
    reasoning: reasoningOf(desk),
  };
  return { ...parts, tools, state, total: weighedParts(parts) };
}

/** As the benchmark compares: without regard to case and to commas in numbers. */
const isSaid = (output: string, { said }: RetailDesk): boolean =>
  said.some((text) => text.toLowerCase().replaceAll(",", "").includes(output.toLowerCase()));

function toolsOf({ calls: wanted }: RetailTask, { calls: made }: RetailDesk): number {
  if (wanted.length + made.length === 0) return 1;
  const left = made.filter(({ isRefused }) => !isRefused) as RetailCall[];
  const right = wanted.filter((call) => {
    const at = left.findIndex(
      ({ name, arguments: given }) =>
        name === call.name && isDeepStrictEqual(given, call.arguments),
    );
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
  return (2 * right.length) / (wanted.length + made.length);
}

function reasoningOf({ calls }: RetailDesk): number {
  const changes = calls.flatMap((call, i) =>
    retailTools[call.name]?.isChange && !call.isRefused
      ? [{ call, before: calls.slice(0, i) }]
      : [],
  );
  if (changes.length === 0) return 0;
  const grounded = changes.filter(({ call, before }) =>
    before.some(
      ({ name, arguments: given }) =>
        (name === "get_order_details" && given["order_id"] === call.arguments["order_id"]) ||
        (name === "get_user_details" && given["user_id"] === call.arguments["user_id"]),
    ),
  );
  return grounded.length / changes.length;
}

/** The reward of an episode: `total` is the sum of its step rewards. */
export function retailEpisodeReward(
  task: RetailTask,
  { steps, isSuccess, terminated }: Episode,
): Reward {
  const desk = openRetailDesk(task);
  const observations = steps.map(({ action }) => desk.act(action));
  // An episode ends without an action of the agent's where the customer ends the conversation.
  if (terminated && !desk.isOver()) desk.act({ name: "close" });
  const { total, ...parts } = scoreRetail(task, desk);
  const count = observations.filter((one) => one.startsWith(INVALID)).length;
  const invalid = count === 0 ? 0 : INVALID_COST * count;
  const components = { ...parts, invalid, success: isSuccess ? 1 : 0, steps: steps.length };
  // An episode that was cut off before its end was paid nothing but its costs.
  const paid = desk.isOver() ? total : 0;
  return { total: paid + invalid, components, source: "rule" };
}
