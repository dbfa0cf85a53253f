/** How numbers of tokens become colours: for each quantity, steps with their ranges, so that a legend can say them. */
import type { Schemas } from "../api/client.ts";

export type TokenRow = Schemas["TokenView"]["rows"][number];

/** A step of a scale: the class that colours a token, and the numbers that it stands for. */
export interface ColourStep {
  readonly className: string;
  readonly label: string;
}

/** A quantity that tokens can be coloured by. */
export interface Quantity {
  readonly label: string;
  /** What a person is told it is. */
  readonly help: string;
  /** [T] of a row; null where it is not known. */
  readonly valuesOf: (row: TokenRow) => readonly (number | null)[];
  /** Upper ends of all steps but the last, rising. `largest` is the largest absolute value of the rollout. */
  readonly bounds: (largest: number) => readonly number[];
  /** The classes of the steps, one more than there are bounds. */
  readonly classes: readonly string[];
  readonly unit: string;
}

/** A smaller advantage than this is none. */
const ZERO = 1e-9;

const low = ["ramp-0", "ramp-1", "ramp-2", "ramp-3", "ramp-4"] as const;
const around = ["minus-2", "minus-1", "ramp-0", "plus-1", "plus-2"] as const;

/** The quantities by the name that an address has for them, in the order of the switch. */
export const quantities = {
  advantage: {
    label: "Advantage",
    help: "how much better than expected: what training makes likelier (+) or less likely (−)",
    valuesOf: ({ advantages }) => advantages,
    bounds: (largest) => [-largest / 2, -ZERO, ZERO, largest / 2],
    classes: around,
    unit: "",
  },
  logprob: {
    label: "Log-prob",
    help: "how surprising the token was to the policy that sampled it",
    valuesOf: ({ logProbs }) => logProbs.map((one) => (one === null ? null : -one)),
    bounds: () => [0.1, 0.7, 2.3, 4.6],
    classes: low,
    unit: "nats",
  },
  entropy: {
    label: "Entropy",
    help: "how undecided the policy was at that place",
    valuesOf: ({ entropies }) => entropies,
    bounds: () => [0.1, 0.5, 1, 2],
    classes: low,
    unit: "nats",
  },
  ratio: {
    label: "Ratio",
    help: "probability under the trained model over that under the sampler",
    valuesOf: (row) => differences(row).map((one) => (one === null ? null : Math.exp(one))),
    bounds: () => [0.8, 0.95, 1.05, 1.25],
    classes: around,
    unit: "",
  },
  mismatch: {
    label: "Mismatch",
    help: "how far the trainer's log-prob is from the sampler's",
    valuesOf: (row) => differences(row).map((one) => (one === null ? null : Math.abs(one))),
    bounds: () => [1e-4, 1e-3, 0.01, 0.1],
    classes: low,
    unit: "nats",
  },
} as const satisfies Readonly<Record<string, Quantity>>;

export type QuantityName = keyof typeof quantities;

export const quantityNames = Object.keys(quantities) as QuantityName[];

/** The quantity of a text in an address; of any other text the first one. */
export const quantityOf = (text: string | null): QuantityName =>
  quantityNames.find((name) => name === text) ?? "advantage";

/** [T] log π_trainer − log π_sampled. */
const differences = ({ trainerLogProbs, samplingLogProbs }: TokenRow): (number | null)[] =>
  trainerLogProbs.map((one, t) => {
    const sampled = samplingLogProbs[t] ?? null;
    return one === null || sampled === null ? null : one - sampled;
  });

/** The largest absolute value of a quantity in some rows; 1 where all are 0 or none is known. */
export const largestOf = (lists: readonly (readonly (number | null)[])[]): number =>
  lists.flat().reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0) || 1;

/** The index of the step that a value belongs to. */
export const stepOf = (value: number, bounds: readonly number[]): number => {
  const at = bounds.findIndex((bound) => value < bound);
  return at < 0 ? bounds.length : at;
};

/** The steps of a scale with their ranges in words. */
export const legendOf = (
  { classes, unit }: Pick<Quantity, "classes" | "unit">,
  bounds: readonly number[],
): readonly ColourStep[] =>
  classes.map((className, i) => {
    const [from, to] = [bounds[i - 1], bounds[i]].map((one) =>
      one === undefined ? "" : short(one),
    );
    if (from === to) return { className, label: from! };
    const range = from === "" ? `below ${to}` : to === "" ? `${from} and more` : `${from} to ${to}`;
    return { className, label: unit === "" ? range : `${range} ${unit}` };
  });

/** A number as a token's facts show it. */
export const short = (value: number): string => {
  if (Math.abs(value) <= ZERO) return "0";
  const size = Math.abs(value);
  const text = size < 1e-3 ? value.toExponential(0) : String(Number(value.toPrecision(3)));
  return text.replace("-", "−");
};
