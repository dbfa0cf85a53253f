/** The limits of sandboxes and of single runs: their defaults, and what they may be. */
import type { OptionChecks } from "../core/option-checks.ts";
import type { OptionNames } from "../core/known-options.ts";
import type { SandboxLimits } from "../ports/sandbox.ts";

/** The limits of a run where its user sets none. */
export const defaultLimits: SandboxLimits = {
  timeMs: 5_000,
  memoryMb: 256,
  outputBytes: 256 * 1024,
  fileCount: 1_000,
  fileBytes: 16 * 1024 * 1024,
};

export const limitNames: OptionNames<SandboxLimits> = {
  timeMs: true,
  memoryMb: true,
  outputBytes: true,
  fileCount: true,
  fileBytes: true,
};

/** Bounds that a limit may have; the highest are what one process of Node can hold. */
const ranges: Readonly<
  Record<keyof SandboxLimits, { readonly min: number; readonly max: number }>
> = {
  timeMs: { min: 1, max: 2 ** 31 - 1 },
  memoryMb: { min: 16, max: 3_072 },
  outputBytes: { min: 0, max: 64 * 1024 * 1024 },
  fileCount: { min: 0, max: 100_000 },
  fileBytes: { min: 0, max: 256 * 1024 * 1024 },
};

/**
 * All limits of a sandbox or a run.
 *
 * @param given     those that a user sets; the others are `otherwise`
 * @param highest   limits that may be lowered only
 * @throws OPTION_INVALID for a limit that cannot be, or is higher than its sandbox's
 */
export function completeLimits(
  check: OptionChecks,
  given: Partial<SandboxLimits>,
  { otherwise, highest }: { readonly otherwise: SandboxLimits; readonly highest?: SandboxLimits },
): SandboxLimits {
  const limit = (name: keyof SandboxLimits): number => {
    const value = given[name] ?? otherwise[name];
    const range = ranges[name];
    check.whole(`limits.${name}`, value, range);
    if (highest === undefined || value <= highest[name]) return value;
    throw check.invalid(
      `limits.${name}`,
      value,
      `at most ${highest[name]}, the limit of the sandbox: a run may lower limits, not raise them`,
    );
  };
  return {
    timeMs: limit("timeMs"),
    memoryMb: limit("memoryMb"),
    outputBytes: limit("outputBytes"),
    fileCount: limit("fileCount"),
    fileBytes: limit("fileBytes"),
  };
}
