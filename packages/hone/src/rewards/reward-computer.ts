/** Rewards made of named components, each with a range and a weight. */
import { HoneError, isHoneError, messageOf } from "../core/errors.ts";
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { Reward, RewardSource } from "../core/rollout.ts";

/** The values that a component can have, both ends included. */
export interface RewardRange {
  /** The smallest value that the component can have. */
  readonly low: number;
  /** The largest value that the component can have. */
  readonly high: number;
}

/** The value of a component for one input; undefined when the component does not apply to it. */
export type ComponentValue = number | undefined;

/** One part of a reward. Extend this class, or use `rewardComponent` with a plain function. */
export abstract class RewardComponent<Input> {
  /** Names the component in rewards and weights. */
  abstract readonly name: string;
  /** The values that `compute` can return. A value outside of it is an error. */
  abstract readonly range: RewardRange;
  /** Computes the value for one input; undefined when the component does not apply. The signal aborts at the time limit. */
  abstract compute(input: Input, signal: AbortSignal): ComponentValue | PromiseLike<ComponentValue>;
}

/** A component made of a plain function. */
export interface ComponentOptions<Input> {
  /** Names the component in rewards and weights. */
  readonly name: string;
  /** The values that `compute` can return. Default 0 to 1. */
  readonly range?: RewardRange;
  /** Computes the value for one input; undefined when the component does not apply. The signal aborts at the time limit. */
  readonly compute: (
    input: Input,
    signal: AbortSignal,
  ) => ComponentValue | PromiseLike<ComponentValue>;
}

/**
 * Makes a component of a reward from a plain function.
 *
 * @throws OPTION_INVALID
 * @example rewardComponent({ name: "short", compute: (text: string) => Math.min(1, 100 / text.length) })
 */
export function rewardComponent<Input>(options: ComponentOptions<Input>): RewardComponent<Input> {
  return new FunctionComponent(options);
}

class FunctionComponent<Input> extends RewardComponent<Input> {
  readonly name: string;
  readonly range: RewardRange;
  readonly #compute: ComponentOptions<Input>["compute"];

  constructor(options: ComponentOptions<Input>) {
    super();
    checkOptions("rewardComponent", options, { name: true, range: true, compute: true });
    const { name, range = { low: 0, high: 1 }, compute } = options;
    const checkComponent = optionChecks("rewardComponent");
    checkComponent.text("name", name);
    checkComponent.callable("compute", compute);
    this.name = name;
    this.range = range;
    this.#compute = compute;
  }

  compute(input: Input, signal: AbortSignal): ReturnType<ComponentOptions<Input>["compute"]> {
    return this.#compute(input, signal);
  }
}

/** What a reward is made of. */
export interface RewardComputerOptions<Input> {
  /** The components, at least one, each with a name of its own. */
  readonly components: readonly RewardComponent<Input>[];
  /** Weight of each component by its name. Default 1 each. With 0 a component is reported and not counted. */
  readonly weights?: Readonly<Record<string, number>>;
  /** What decides, as the reward's `source` says. Default "rule". */
  readonly source?: RewardSource;
  /** Time limit of each component for one input, in ms; the reward fails after it. Default 60,000. */
  readonly timeoutMs?: number;
}

/**
 * Computes rewards of one kind of input, such as a rollout, a trace or a team's outcome, from named components.
 *
 *     total = Σ_c w_c · r_c        r_c ∈ range of component c
 *
 * `components` of a reward holds the values r_c without weights. A component that does not apply to an input is left out
 * of both.
 *
 * @throws OPTION_INVALID for no components, two of one name, an empty range, a weight that is no number or for no component
 * @example
 * const rewards = new RewardComputer({ components: [correct, short], weights: { short: 0.2 } });
 * await train({ …, reward: (rollout) => rewards.compute(rollout) });
 */
export class RewardComputer<Input> {
  /** The components that it was made with. */
  readonly components: readonly RewardComponent<Input>[];
  /** The weight of every component. */
  readonly weights: Readonly<Record<string, number>>;
  readonly #source: RewardSource;
  readonly #timeoutMs: number;

  constructor(options: RewardComputerOptions<Input>) {
    checkOptions("RewardComputer", options, computerOptions);
    const { components, weights = {}, source = "rule", timeoutMs = 60_000 } = options;
    checkComponents(components);
    checkWeights(components, weights);
    check.milliseconds("timeoutMs", timeoutMs);
    check.oneOf("source", source, ["rule", "judge", "human"]);
    this.components = components;
    this.weights = Object.fromEntries(components.map(({ name }) => [name, weights[name] ?? 1]));
    this.#source = source;
    this.#timeoutMs = timeoutMs;
  }

  /** The smallest and the largest total that an input can get when every component applies to it. */
  get range(): RewardRange {
    const ends = this.components.map(({ name, range: { low, high } }) => {
      const weighted = [low * this.weights[name]!, high * this.weights[name]!];
      return { low: Math.min(...weighted), high: Math.max(...weighted) };
    });
    return {
      low: ends.reduce((sum, { low }) => sum + low, 0),
      high: ends.reduce((sum, { high }) => sum + high, 0),
    };
  }

  /**
   * Computes the reward of one input; all components are computed at the same time.
   *
   * @throws REWARD_COMPONENT_FAILED when a component throws or takes too long, REWARD_INVALID when its value is no number,
   * REWARD_OUT_OF_RANGE when its value is outside of its range, REWARD_NOT_APPLICABLE when no component applies
   */
  async compute(input: Input): Promise<Reward> {
    const values = await Promise.all(
      this.components.map(async (component) => ({
        name: component.name,
        value: checked(component, await this.#valueOf(component, input)),
      })),
    );
    const applying = values.flatMap(({ name, value }) =>
      value === undefined ? [] : [[name, value] as const],
    );
    if (applying.length === 0) {
      throw new HoneError("REWARD_NOT_APPLICABLE", { components: values.map(({ name }) => name) });
    }
    const total = applying.reduce((sum, [name, value]) => sum + this.weights[name]! * value, 0);
    return { total, components: Object.fromEntries(applying), source: this.#source };
  }

  async #valueOf(component: RewardComponent<Input>, input: Input): Promise<ComponentValue> {
    const stop = new AbortController();
    try {
      const given = component.compute(input, stop.signal);
      // A timer for each value that is there already would be much of what rewarding a large file costs.
      return isThenable(given) ? await this.#inTime(given, stop) : given;
    } catch (error) {
      if (isHoneError(error)) throw error;
      const facts = { component: component.name, problem: messageOf(error) };
      throw new HoneError("REWARD_COMPONENT_FAILED", facts, { cause: error });
    }
  }

  async #inTime(
    value: PromiseLike<ComponentValue>,
    stop: AbortController,
  ): Promise<ComponentValue> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new Error(`it took longer than ${this.#timeoutMs} ms`));
      stop.abort();
    }, this.#timeoutMs);
    try {
      return await Promise.race([value, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Libraries have promises of their own, which are no `Promise`. */
const isThenable = (given: unknown): given is PromiseLike<ComponentValue> =>
  typeof given === "object" &&
  given !== null &&
  "then" in given &&
  typeof given.then === "function";

const check = optionChecks("RewardComputer");

const computerOptions: OptionNames<RewardComputerOptions<never>> = {
  components: true,
  weights: true,
  source: true,
  timeoutMs: true,
};

/** A value may be outside of its range by this much, since sums of thirds and tenths are not exact. */
const rounding = 1e-9;

function checked<Input>(component: RewardComponent<Input>, value: ComponentValue): ComponentValue {
  if (value === undefined) return undefined;
  const { name, range } = component;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new HoneError("REWARD_INVALID", { part: name, got: String(value) });
  }
  if (value < range.low - rounding || value > range.high + rounding) {
    throw new HoneError("REWARD_OUT_OF_RANGE", { component: name, got: value, ...range });
  }
  return Math.min(range.high, Math.max(range.low, value));
}

function checkComponents(components: readonly RewardComponent<never>[]): void {
  check.list("components", components);
  const names = components.map(({ name }) => name);
  const twin = names.find((name, i) => names.indexOf(name) !== i);
  if (twin !== undefined)
    throw check.invalid("components", names, "components with different names");
  for (const { name, range } of components) {
    const isRange = Number.isFinite(range.low) && Number.isFinite(range.high);
    if (!isRange || range.low >= range.high) {
      const expected = "two numbers, the smaller one first";
      throw check.invalid(`range of ${name}`, [range.low, range.high], expected);
    }
  }
}

function checkWeights(
  components: readonly RewardComponent<never>[],
  weights: Readonly<Record<string, number>>,
): void {
  for (const [name, weight] of Object.entries(weights)) {
    if (!components.some((component) => component.name === name)) {
      const known = components.map((component) => component.name).join(", ");
      throw check.invalid("weights", weights, `an object with no other keys than ${known}`);
    }
    check.number(`weights.${name}`, weight);
  }
}
