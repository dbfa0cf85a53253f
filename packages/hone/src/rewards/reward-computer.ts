/**
 * A reward from named components: each has a range it never leaves, each a weight.
 *
 *     total = Σ_c w_c · r_c        r_c ∈ range of c
 *
 * The components in the result are the r_c themselves, unweighted; what does not apply to an input is left out of both.
 */
import { HoneError, isHoneError, messageOf } from "../core/errors.ts";
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import type { Reward, RewardSource } from "../core/rollout.ts";

export interface RewardRange {
  readonly low: number;
  readonly high: number;
}

/** Undefined where the component does not apply. */
export type ComponentValue = number | undefined;

/** One part of a reward: extend this class, or hand a plain function to `rewardComponent`. */
export abstract class RewardComponent<Input> {
  abstract readonly name: string;
  /** What the values mean at both ends belongs into the class's own documentation. */
  abstract readonly range: RewardRange;
  abstract compute(input: Input, signal: AbortSignal): ComponentValue | Promise<ComponentValue>;
}

export interface ComponentOptions<Input> {
  readonly name: string;
  /** Default 0 to 1. */
  readonly range?: RewardRange;
  readonly compute: (input: Input, signal: AbortSignal) => ComponentValue | Promise<ComponentValue>;
}

/** @example rewardComponent({ name: "short", compute: (text: string) => Math.min(1, 100 / text.length) }) */
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
    this.name = name;
    this.range = range;
    this.#compute = compute;
  }

  compute(input: Input, signal: AbortSignal): ReturnType<ComponentOptions<Input>["compute"]> {
    return this.#compute(input, signal);
  }
}

export interface RewardComputerOptions<Input> {
  readonly components: readonly RewardComponent<Input>[];
  /** By component; default 1 each. A weight of 0 reports a component without counting it. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Who decides. Default "rule". */
  readonly source?: RewardSource;
  /** Of each component, after which it has failed. Default 60,000. */
  readonly timeoutMs?: number;
}

/**
 * Computes rewards of one kind of input: a rollout, a trace, a team's outcome.
 *
 * @throws OPTION_INVALID for no components, two of one name, an empty range, a weight that is no number or for no component
 * @example
 * const rewards = new RewardComputer({ components: [correct, short], weights: { short: 0.2 } });
 * await train({ …, reward: (rollout) => rewards.compute(rollout) });
 */
export class RewardComputer<Input> {
  readonly components: readonly RewardComponent<Input>[];
  readonly weights: Readonly<Record<string, number>>;
  readonly #source: RewardSource;
  readonly #timeoutMs: number;

  constructor(options: RewardComputerOptions<Input>) {
    checkOptions("RewardComputer", options, computerOptions);
    const { components, weights = {}, source = "rule", timeoutMs = 60_000 } = options;
    checkComponents(components);
    checkWeights(components, weights);
    if (!(timeoutMs >= 1 && timeoutMs < 2 ** 31)) {
      throw invalid("timeoutMs", String(timeoutMs), "a number of milliseconds of at least 1");
    }
    this.components = components;
    this.weights = Object.fromEntries(components.map(({ name }) => [name, weights[name] ?? 1]));
    this.#source = source;
    this.#timeoutMs = timeoutMs;
  }

  /** What the total can be at least and at most, every component applying. */
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
   * The reward of one input; components are computed at the same time.
   *
   * @throws REWARD_COMPONENT_FAILED when one throws or takes too long, REWARD_INVALID and REWARD_OUT_OF_RANGE for what one
   * may not give, REWARD_NOT_APPLICABLE when none applies: a total of 0 would be a score
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
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new Error(`it took longer than ${this.#timeoutMs} ms`));
      stop.abort();
    }, this.#timeoutMs);
    try {
      const work = (async () => component.compute(input, stop.signal))();
      return await Promise.race([work, late.promise]);
    } catch (error) {
      if (isHoneError(error)) throw error;
      const facts = { component: component.name, problem: messageOf(error) };
      throw new HoneError("REWARD_COMPONENT_FAILED", facts, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

const computerOptions: OptionNames<RewardComputerOptions<never>> = {
  components: true,
  weights: true,
  source: true,
  timeoutMs: true,
};

/** Sums of thirds and tenths end a few units beyond a bound that they meet on paper. */
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
  if (components.length === 0) throw invalid("components", "none", "at least one");
  const names = components.map(({ name }) => name);
  const twin = names.find((name, i) => names.indexOf(name) !== i);
  if (twin !== undefined) throw invalid("components", `two called ${twin}`, "one of each name");
  for (const { name, range } of components) {
    const isRange = Number.isFinite(range.low) && Number.isFinite(range.high);
    if (!isRange || range.low >= range.high) {
      throw invalid(`range of ${name}`, `${range.low} to ${range.high}`, "two numbers, low first");
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
      throw invalid("weights", `{ ${name}: ${weight} }`, `an object of ${known}`);
    }
    if (!Number.isFinite(weight)) throw invalid(`weights.${name}`, String(weight), "a number");
  }
}

const invalid = (option: string, got: string, expected: string): HoneError =>
  new HoneError("OPTION_INVALID", { where: "RewardComputer", option, got, expected });
