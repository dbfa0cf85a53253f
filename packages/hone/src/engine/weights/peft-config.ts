/** `adapter_config.json` of PEFT: what it says, and which of it hone can honour. */
import { HoneError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";

/** The settings of a LoRA adapter. */
export interface AdapterSettings {
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  /** Last names of the adapted layers (`q_proj`) or full module names; what PEFT calls `target_modules`. */
  readonly targetModules: readonly string[];
  /** Scale by alpha / √rank instead of alpha / rank. */
  readonly useRslora: boolean;
  /** The model the adapter was trained on, as it was named then. */
  readonly baseModel?: string;
  /** Tells that model from others of the same shape (`fingerprint.ts`); absent where Python's PEFT saved. */
  readonly baseFingerprint?: string;
}

/** Keys that describe the adapter's origin, or select layers (the stored tensors say which), and change no number. */
const withoutEffect = new Set([
  "auto_mapping",
  "base_model_name_or_path",
  "ensure_weight_tying",
  "eva_config",
  "exclude_modules",
  "inference_mode",
  "layers_pattern",
  "layers_to_transform",
  "lora_alpha",
  "lora_dropout",
  "megatron_core",
  "peft_type",
  "peft_version",
  "qalora_group_size",
  "r",
  "revision",
  "runtime_config",
  "target_modules",
  "task_type",
  "use_rslora",
]);

/** Ways to start A and B that leave the base's weights as they are. */
const plainInitialisations: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  "gaussian",
  "orthogonal",
  "eva",
];

/**
 * The settings in a parsed `adapter_config.json`.
 *
 * @param folder  named in errors
 * @param modules full names of the modules that have tensors; used where `target_modules` is a pattern
 * @throws ADAPTER_FEATURE_UNSUPPORTED for every switched-on feature that hone would have to ignore (DoRA, biases …)
 * @throws ADAPTER_INVALID             for values that make no sense
 */
export function parseAdapterConfig(
  config: JsonObject,
  folder: string,
  modules: readonly string[],
): AdapterSettings {
  refuseUnsupported(config, folder);
  const rank = numberOf(config, "r", folder);
  if (!Number.isInteger(rank) || rank < 1) {
    throw new HoneError("ADAPTER_INVALID", {
      folder,
      problem: `r is ${rank}, not a whole number above 0`,
    });
  }
  const base = config["base_model_name_or_path"];
  return {
    rank,
    alpha: numberOf(config, "lora_alpha", folder),
    dropout: config["lora_dropout"] === undefined ? 0 : numberOf(config, "lora_dropout", folder),
    targetModules: targetsOf(config, modules),
    useRslora: config["use_rslora"] === true,
    ...(typeof base === "string" && base !== "" ? { baseModel: base } : {}),
  };
}

/** The `adapter_config.json` of these settings; keys in the order of the alphabet, as PEFT writes them. */
export function formatAdapterConfig(settings: AdapterSettings): JsonObject {
  return {
    alpha_pattern: {},
    base_model_name_or_path: settings.baseModel ?? null,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: settings.alpha,
    lora_dropout: settings.dropout,
    modules_to_save: null,
    peft_type: "LORA",
    r: settings.rank,
    rank_pattern: {},
    target_modules: settings.targetModules,
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: settings.useRslora,
  };
}

function refuseUnsupported(config: JsonObject, folder: string): void {
  const refuse = (feature: string, value: unknown) => {
    throw new HoneError("ADAPTER_FEATURE_UNSUPPORTED", {
      folder,
      feature,
      value: JSON.stringify(value),
    });
  };
  if (typeof config["peft_type"] !== "string") {
    const problem = 'adapter_config.json has no peft_type, which is "LORA" for a LoRA adapter';
    throw new HoneError("ADAPTER_INVALID", { folder, problem });
  }
  if (config["peft_type"] !== "LORA") refuse("peft_type", config["peft_type"]);
  for (const [key, value] of Object.entries(config)) {
    if (key === "init_lora_weights") {
      if (!plainInitialisations.includes(value)) refuse(key, value);
    } else if (!withoutEffect.has(key) && !isOff(value)) {
      refuse(key, value);
    }
  }
}

function isOff(value: unknown): boolean {
  if (value === null || value === false || value === "none") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function numberOf(config: JsonObject, key: string, folder: string): number {
  const value = config[key];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new HoneError("ADAPTER_INVALID", {
    folder,
    problem: `${key} in adapter_config.json is ${JSON.stringify(value) ?? "missing"}, not a number`,
  });
}

/** Full names say exactly what a pattern, or a choice of layers, said; PEFT accepts them in the same place. */
function targetsOf(config: JsonObject, modules: readonly string[]): readonly string[] {
  const targets = config["target_modules"];
  const chosen = ["exclude_modules", "layers_to_transform", "layers_pattern"].some(
    (key) => !isOff(config[key] ?? null),
  );
  if (!chosen && Array.isArray(targets) && targets.every((item) => typeof item === "string"))
    return targets.toSorted();
  return modules.toSorted();
}
