/**
 * A domain: walking along a line to a target. Change it into yours: what a task is, what an agent sees and may do, what is
 * rewarded, and, if you can write one, an expert to begin from.
 */
import { type ActionAgent, type ActionEnvironment, defineDomain } from "hone-rl/environments";

/** Go from one place to another. */
export interface WalkTask {
  readonly id: string;
  /** 1: at most three steps away; 2: farther. */
  readonly level: number;
  readonly start: number;
  readonly target: number;
}

function walkFrom(start: number, target: number): WalkTask {
  const level = Math.abs(start - target) <= 3 ? 1 : 2;
  return { id: `${start} to ${target}`, level, start, target };
}

/** Walks of 0 to 9; every fifth is held out. */
const walks = Array.from({ length: 100 }, (_, i) => walkFrom(Math.floor(i / 10), i % 10));

/** The walk that a user of `hone serve` writes as "2 to 4". What it throws is the answer to a text that is no walk. */
function problem(text: string): WalkTask {
  const [start, target] = /^\s*(\d) to (\d)\s*$/.exec(text)?.slice(1).map(Number) ?? [];
  if (start === undefined || target === undefined)
    throw new Error('a walk goes from a digit to a digit, such as "2 to 4"');
  return walkFrom(start, target);
}

/** Each step that brings the agent nearer earns 0.1, stopping at the target 1, everything else costs 0.1. */
export function walk(): ActionEnvironment<WalkTask> {
  let [at, target, isOver] = [0, 0, true];
  const observe = (): string =>
    at === target ? "there" : `${Math.abs(target - at)} too ${at < target ? "low" : "high"}`;
  return {
    reset(task) {
      [at, target, isOver] = [task.start, task.target, false];
      return observe();
    },
    validActions: () => (isOver ? [] : ["up", "down", "stop"]),
    step({ name }) {
      const before = Math.abs(target - at);
      if (!isOver && name === "up") at++;
      if (!isOver && name === "down") at--;
      const isSuccess = !isOver && name === "stop" && before === 0;
      const isNearer = Math.abs(target - at) < before;
      const reward = isOver ? 0 : isSuccess ? 1 : isNearer ? 0.1 : -0.1;
      isOver ||= name === "stop";
      return {
        observation: observe(),
        reward,
        terminated: isOver,
        truncated: false,
        info: { isSuccess },
      };
    },
  };
}

/** Knows the way. Of its actions the share `mistakeRate` is wrong, so that there is something left to learn from rewards. */
export function guide(mistakeRate: number, seed: number): ActionAgent {
  return {
    selectAction(state, _validActions, steps) {
      const right = state.endsWith("low") ? "up" : state.endsWith("high") ? "down" : "stop";
      const wrong = right === "stop" ? "up" : "stop";
      return { name: share(seed + 7919 * steps.length) < mistakeRate ? wrong : right };
    },
  };
}

/** A number from 0 to 1 that depends on the seed alone, so that a run can be repeated. */
function share(seed: number): number {
  let bits = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

export default defineDomain<WalkTask>({
  levels: 2,
  tasks: {
    train: walks.filter((_, i) => i % 5 !== 0),
    test: walks.filter((_, i) => i % 5 === 0),
  },
  environment: walk,
  expert: ({ mistakeRate, seed }) => guide(mistakeRate, seed),
  // With these three, `hone serve` answers problems that users write.
  problem,
  problemText: ({ id }) => id,
  solution: (_task, { steps }) => steps.map(({ action }) => action.name).join(", "),
});
