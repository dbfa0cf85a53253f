/** Reads config.json key by key with its types checked; a value we cannot honour is an error that names it. */
import { HoneError } from "../../core/errors.ts";
import { shownValue } from "../../core/shown-value.ts";

const MAX_LAYERS = 10_000;
/** Counts stay below this, so that sizes of tensors can be computed with. */
const MAX_COUNT = 2 ** 31 - 1;
/** The largest number of f32, in which models compute. */
const MAX_SINGLE = 2 ** 128 - 2 ** 104;

export class ConfigReader {
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #where: string;

  /** @param where  names the file in errors */
  constructor(config: unknown, where: string) {
    if (typeof config !== "object" || config === null || Array.isArray(config)) {
      throw new HoneError("MODEL_CONFIG_INVALID", {
        where,
        key: "(top level)",
        got: shownValue(config),
        expected: "a JSON object",
      });
    }
    this.#config = config as Record<string, unknown>;
    this.#where = where;
  }

  get where(): string {
    return this.#where;
  }

  raw(key: string): unknown {
    return this.#config[key] ?? undefined;
  }

  number(key: string, fallback?: number): number {
    const value = this.raw(key) ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value)) this.#fail(key, "a number");
    return value;
  }

  /** A number above 0 that is one above 0 in f32 too. */
  positive(key: string, fallback?: number): number {
    const value = this.number(key, fallback);
    const single = Math.fround(value);
    if (!(single > 0 && single <= MAX_SINGLE))
      this.#fail(key, "a number above 0 that 32-bit floating point can hold");
    return value;
  }

  /** A count of layers. More than 10,000 is a damaged file, whose names of parameters would fill the memory. */
  layers(key: string): number {
    const value = this.count(key);
    if (value > MAX_LAYERS) this.#fail(key, `at most ${MAX_LAYERS}`);
    return value;
  }

  /** A positive whole number. */
  count(key: string, fallback?: number): number {
    const value = this.number(key, fallback);
    if (!Number.isInteger(value) || value < 1) this.#fail(key, "a positive whole number");
    if (value > MAX_COUNT) this.#fail(key, `at most ${MAX_COUNT}`);
    return value;
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    if (typeof value !== "boolean") this.#fail(key, "true or false");
    return value;
  }

  /** Fails unless the key is absent or has one of the values we can honour. */
  only(key: string, ...values: readonly unknown[]): void {
    const value = this.raw(key);
    if (value !== undefined && !values.includes(value)) {
      const allowed = values.map((v) => JSON.stringify(v)).join(" or ");
      this.#fail(key, allowed === "" ? "it to be absent or null" : allowed);
    }
  }

  /** An object inside the config, read the same way; undefined when absent. */
  object(key: string): ConfigReader | undefined {
    const value = this.raw(key);
    return value === undefined ? undefined : new ConfigReader(value, `${this.#where} ${key}`);
  }

  /** The error of a key whose value cannot be honoured. */
  invalid(key: string, expected: string): HoneError<"MODEL_CONFIG_INVALID"> {
    const got = JSON.stringify(this.#config[key]) ?? "missing";
    return new HoneError("MODEL_CONFIG_INVALID", { where: this.#where, key, got, expected });
  }

  #fail(key: string, expected: string): never {
    throw this.invalid(key, expected);
  }
}
