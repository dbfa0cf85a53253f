/** The limits of the alarms of a run: their names, their defaults, and how they are given. */
import type { OptionNames } from "../../../core/known-options.ts";

/** Limits of alarms; false switches one off. Defaults are those of `defaultAlarmLimits`. */
export interface AlarmLimits {
  /** ENTROPY_COLLAPSED: the share of its first value below which the entropy is too low, above 0 and below 1. Default 0.1. */
  readonly entropy?: number | false;
  /** LENGTH_EXPLODED: how many times longer than at first answers may become, above 1. Default 3. */
  readonly length?: number | false;
  /** MISMATCH_HIGH: the mean difference of log-probs between sampler and trainer, above 0, in nats per token. Default 0.05. */
  readonly mismatch?: number | false;
  /** REWARD_ONE_SIDED: how many standard errors a part of the reward must have risen to have risen, above 0. Default 3. */
  readonly component?: number | false;
  /** HELD_OUT_WORSE: by how much held-out success or reward may surely fall while training gets better, at least 0. Default 0. */
  readonly test?: number | false;
}

/** Every alarm has a limit. */
export type CheckedLimits = Required<AlarmLimits>;

/** The limits of alarms, unless others are given. */
export const defaultAlarmLimits: CheckedLimits = {
  entropy: 0.1,
  length: 3,
  mismatch: 0.05,
  component: 3,
  test: 0,
};

export const alarmNames: OptionNames<AlarmLimits> = {
  entropy: true,
  length: true,
  mismatch: true,
  component: true,
  test: true,
};

/** The numbers that a limit may be. */
export const alarmRanges = {
  entropy: { above: 0, below: 1 },
  length: { above: 1 },
  mismatch: { above: 0 },
  component: { above: 0 },
  test: { min: 0 },
} as const satisfies Record<keyof AlarmLimits, object>;

/** All limits: those given, and the defaults of the others; false switches all alarms off. */
export function alarmLimits(given: AlarmLimits | false = {}): CheckedLimits {
  if (given !== false) return { ...defaultAlarmLimits, ...given };
  return { entropy: false, length: false, mismatch: false, component: false, test: false };
}

/**
 * Limits as a command line and a config file have them.
 * @example limitsOf(["entropy=0.05", "length=off"]); // { entropy: 0.05, length: false }
 */
export function limitsOf(words: readonly string[] | undefined): AlarmLimits | false {
  if (words?.includes("off") === true) return false;
  const entries = (words ?? []).map((word) => {
    const [name, limit] = word.split("=") as [keyof AlarmLimits, string];
    return [name, limit === "off" ? false : Number(limit)] as const;
  });
  return Object.fromEntries(entries);
}

/** Why a word is no limit, or undefined for one that is: "off", or a name with a number of its range or off. */
export function problemOfLimit(word: string): string | undefined {
  if (word === "off") return undefined;
  const [name = "", limit = "", ...more] = word.split("=");
  const names = Object.keys(alarmNames).join(", ");
  if (!(name in alarmRanges) || more.length > 0 || limit === "")
    return `expected off, or one of ${names} with a limit, as entropy=0.05 or length=off`;
  if (limit === "off") return undefined;
  const range: { readonly above?: number; readonly below?: number; readonly min?: number } =
    alarmRanges[name as keyof AlarmLimits];
  const value = Number(limit);
  const { above = -Infinity, below = Infinity, min = -Infinity } = range;
  if (Number.isFinite(value) && value > above && value < below && value >= min) return undefined;
  const words = Object.entries(range).map(
    ([word_, end]) => `${word_ === "min" ? "at least" : word_} ${end}`,
  );
  return `expected ${name} ${words.join(" and ")}, or ${name}=off`;
}
