/** The promises of an `ActionEnvironment` as tests, for any test runner. */
import { Random } from "../core/random.ts";
import type { Task } from "../core/rollout.ts";
import type { Action, ActionEnvironment, EpisodeStep } from "../ports/environment.ts";
import { type ActionAgent, runEpisode } from "../environments/run-episode.ts";

/** The environment that the tests check. */
export interface EnvironmentContractOptions<T extends Task> {
  /** Makes a fresh environment. */
  readonly create: () => ActionEnvironment<T>;
  /** Tasks to try; each test runs all of them. */
  readonly tasks: readonly T[];
  /** Makes an agent that solves every task. */
  readonly expert: () => ActionAgent;
  /** Arguments that random actions try, valid and invalid. Default "" and "1". */
  readonly arguments?: readonly string[];
  /** An episode must end in fewer steps than this. Default 200. */
  readonly stepLimit?: number;
}

/** The function that defines a test in a test runner: `it` of vitest, node:test, jest … */
export type DefineTest = (name: string, body: () => void | Promise<void>) => void;

/**
 * Defines the tests of the promises of an `ActionEnvironment`. A new environment is done when they pass.
 *
 * @param it  defines one test, in any test runner
 * @example environmentContract(it, { create: () => mathEnvironment(), tasks, expert: () => mathExpert() });
 */
export function environmentContract<T extends Task>(
  it: DefineTest,
  options: EnvironmentContractOptions<T>,
): void {
  const { create, tasks, expert } = options;

  it("is solved by its expert, who pays no cost", async () => {
    for (const task of tasks) {
      const episode = await runEpisode(create(), task, expert());
      check(episode.isSuccess && episode.terminated, `the expert does not solve ${task.id}`);
      const wrong = episode.steps.find((step) => step.reward < 0);
      check(!wrong, `the expert pays for ${JSON.stringify(wrong?.action)} in ${task.id}`);
    }
  });

  it("gives the same episode for the same task, seed and actions, also when reset again", async () => {
    const environment = create();
    for (const task of tasks) {
      const first = await wander(environment, task, options);
      const again = await wander(environment, task, options);
      check(same(first, again), `${task.id} differs after a second reset`);
      const fresh = await wander(create(), task, options);
      check(same(first, fresh), `${task.id} differs in a fresh environment`);
    }
  });

  it("answers an action it does not know with a cost, and does not throw", async () => {
    for (const task of tasks) {
      const environment = create();
      await environment.reset(task, 0);
      const name = "no_such_action";
      check(!environment.validActions().includes(name), `${name} is listed`);
      const result = await environment.step({ name, argument: "\u0000 \u{1f600} {}" });
      check(result.reward < 0, `an unknown action costs nothing in ${task.id}`);
      check(!result.terminated, `an unknown action ends ${task.id}`);
    }
  });

  it("ends every episode, says how, and takes no step after its end", async () => {
    for (const task of tasks) {
      const environment = create();
      const steps = await wander(environment, task, options);
      check(steps.length < (options.stepLimit ?? 200), `${task.id} does not end`);
      check(environment.validActions().length === 0, `${task.id} lists actions after its end`);
      const after = await environment.step({ name: "no_such_action" });
      check(after.reward === 0, `a step after the end of ${task.id} changes the reward`);
    }
  });

  it("gives finite rewards and lists actions as long as the episode runs", async () => {
    for (const task of tasks) {
      for (const { reward } of await wander(create(), task, options)) {
        check(Number.isFinite(reward), `reward ${reward} in ${task.id}`);
      }
    }
  });
}

/** Takes random actions until the episode ends. */
async function wander<T extends Task>(
  environment: ActionEnvironment<T>,
  task: T,
  options: EnvironmentContractOptions<T>,
): Promise<readonly EpisodeStep[]> {
  const random = new Random("environment contract", task.id);
  const steps: EpisodeStep[] = [];
  let state = await environment.reset(task, 7);
  for (let isOver = false; !isOver && steps.length < (options.stepLimit ?? 200);) {
    const valid = environment.validActions();
    check(valid.length > 0, `${task.id} runs but lists no action`);
    const action: Action = {
      name: random.pick([...valid, "no_such_action"]),
      argument: random.pick(options.arguments ?? ["", "1"]),
    };
    const result = await environment.step(action);
    steps.push({ state, action, reward: result.reward, nextState: result.observation });
    check(!(result.terminated && result.truncated), `${task.id} is both terminated and truncated`);
    state = result.observation;
    isOver = result.terminated || result.truncated;
  }
  return steps;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function check(condition: boolean, problem: string): void {
  if (!condition) throw new Error(`environment contract: ${problem}`);
}
