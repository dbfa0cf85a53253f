/** Reads config.json key by key with its types checked; a value we cannot honour is an error that names it. */
import { HoneError } from "../../core/errors.ts";
import { shownValue } from "../../core/shown-value.ts";
import type { RopeParameters } from "./rope.ts";

const MAX_LAYERS = 10_000;

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

  #fail(key: string, expected: string): never {
    const got = JSON.stringify(this.#config[key]) ?? "missing";
    throw new HoneError("MODEL_CONFIG_INVALID", { where: this.#where, key, got, expected });
  }
}

/** Rope of a config in either form: `rope_theta` + `rope_scaling`, or the newer `rope_parameters`. */
export function readRope(config: ConfigReader, defaultBase: number): RopeParameters {
  const parameters = config.object("rope_parameters") ?? config.object("rope_scaling");
  const base =
    parameters?.raw("rope_theta") === undefined
      ? config.number("rope_theta", defaultBase)
      : parameters.number("rope_theta");
  return { base, scaling: parameters === undefined ? { kind: "none" } : readScaling(parameters) };
}

export function readScaling(parameters: ConfigReader): RopeParameters["scaling"] {
  const key = parameters.raw("rope_type") === undefined ? "type" : "rope_type";
  parameters.only(key, "default", "linear", "llama3");
  switch (parameters.raw(key)) {
    case "linear":
      return { kind: "linear", factor: parameters.number("factor") };
    case "llama3":
      return {
        kind: "llama3",
        factor: parameters.number("factor"),
        lowFrequencyFactor: parameters.number("low_freq_factor"),
        highFrequencyFactor: parameters.number("high_freq_factor"),
        originalContextLength: parameters.number("original_max_position_embeddings"),
      };
    default:
      return { kind: "none" };
  }
}
