/**
 * Every error a user can meet: a code, the facts it needs, what happened, what to do.
 *
 * A message names the thing, the value received and the value expected, then the way out. It names options as a program
 * writes them; `describeError` names them as flags. Programs match on `code` and read `facts`; people read `message`.
 * The rows are in `errors/`, one file per subject.
 */
import { configErrors } from "./errors/config-errors.ts";
import { contentErrors } from "./errors/content-errors.ts";
import { dataErrors } from "./errors/data-errors.ts";
import { engineErrors } from "./errors/engine-errors.ts";
import { formatErrors } from "./errors/format-errors.ts";
import { modelErrors } from "./errors/model-errors.ts";
import { promptErrors } from "./errors/prompt-errors.ts";
import { queueErrors } from "./errors/queue-errors.ts";
import { rewardErrors } from "./errors/reward-errors.ts";
import { rolloutErrors } from "./errors/rollout-errors.ts";
import { runErrors } from "./errors/run-errors.ts";
import { sandboxErrors } from "./errors/sandbox-errors.ts";
import { servingErrors } from "./errors/serving-errors.ts";
import { telemetryErrors } from "./errors/telemetry-errors.ts";
import { textErrors } from "./errors/text-errors.ts";
import { traceErrors } from "./errors/trace-errors.ts";
import { trainingErrors } from "./errors/training-errors.ts";
import { workerErrors } from "./errors/worker-errors.ts";
import { inCode, type OptionNaming } from "./option-naming.ts";

const catalog = {
  ...configErrors,
  ...contentErrors,
  ...dataErrors,
  ...engineErrors,
  ...formatErrors,
  ...modelErrors,
  ...promptErrors,
  ...queueErrors,
  ...rewardErrors,
  ...rolloutErrors,
  ...runErrors,
  ...sandboxErrors,
  ...servingErrors,
  ...telemetryErrors,
  ...textErrors,
  ...traceErrors,
  ...trainingErrors,
  ...workerErrors,
} as const;

/** The code of an error, such as "RUN_NOT_FOUND"; docs/errors.md lists them all. */
export type ErrorCode = keyof typeof catalog;
/** The facts of the errors of one code. */
export type ErrorFacts<C extends ErrorCode> = Parameters<(typeof catalog)[C]>[0];

const brand = Symbol.for("hone.error");

/**
 * An error that a user, a file, a network or a model can cause. `code` and `facts` are for programs, `message` is for
 * people: what happened, and after an arrow what to do. All codes: docs/errors.md.
 * @example throw new HoneError("SHAPE_MISMATCH", { where: "groupAdvantages", expected: "4 groups", got: "3" });
 */
export class HoneError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "HoneError";
  readonly [brand] = true;
  /** What went wrong, as one of the codes of docs/errors.md, such as "RUN_NOT_FOUND". */
  readonly code: C;
  /** The values in the message, such as the file or the option, by their names. Each code has its own. */
  readonly facts: ErrorFacts<C>;

  constructor(code: C, facts: ErrorFacts<C>, options?: { cause?: unknown }) {
    const { what, fix } = textOf(code, facts, inCode);
    super(`${code}: ${what}\n  → ${fix}`, options);
    this.code = code;
    this.facts = facts;
  }

  /** The error as plain data, to send it to another thread or process; `errorFromJson` turns it back into an error. */
  toJSON(): ErrorJson {
    return { code: this.code, facts: this.facts };
  }
}

/** What happened and what to do, as a row of the catalogue says it. */
export interface ErrorText {
  readonly what: string;
  readonly fix: string;
}

function textOf<C extends ErrorCode>(
  code: C,
  facts: ErrorFacts<C>,
  naming: OptionNaming,
): ErrorText {
  const row = catalog[code] as (facts: ErrorFacts<C>, naming: OptionNaming) => ErrorText;
  return row(facts, naming);
}

/**
 * The text of an error with options named in another way; undefined for a code of another version of hone.
 * @example describeError(error, asFlag)?.fix // "… choose another folder with --out."
 */
export const describeError = (error: HoneError, naming: OptionNaming): ErrorText | undefined =>
  error.code in catalog ? textOf(error.code, error.facts, naming) : undefined;

/** A HoneError as plain data. */
export interface ErrorJson {
  readonly code: string;
  readonly facts: unknown;
}

/** True for a HoneError, also for one of another installed copy of the package. */
export function isHoneError(error: unknown): error is HoneError {
  return typeof error === "object" && error !== null && brand in error;
}

/**
 * True for an error that is about a run as a whole, such as a budget that is spent (its code begins with RUN_): it ends the run
 * wherever it is thrown, and trying again would not help.
 */
export const endsRun = (error: unknown): error is HoneError =>
  isHoneError(error) && error.code.startsWith("RUN_");

/**
 * True for a HoneError of one code, also of another installed copy of the package.
 * @example if (isError(error, "RUN_NOT_FOUND")) console.log(error.facts.known);
 */
export function isError<C extends ErrorCode>(error: unknown, code: C): error is HoneError<C> {
  return isHoneError(error) && error.code === code;
}

/** The error that `toJSON` of another thread or process made. */
export function errorFromJson(json: ErrorJson): Error {
  return json.code in catalog
    ? new HoneError(json.code as ErrorCode, json.facts as ErrorFacts<ErrorCode>)
    : new Error(`${json.code}: an error of a newer version`);
}

/** The codes of all errors of hone. */
export const errorCodes = Object.keys(catalog) as ErrorCode[];

/** Throws when a condition fails that only a bug of hone can break. What users can cause is a HoneError instead. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`internal: ${message}`);
}

/** The message of a thrown value, which need not be an Error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
