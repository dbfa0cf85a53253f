/** `rlTracing`: the `rl:` section of a configuration, a file or an object, as options of `withTraces` and the traced classes. */
import { isObject } from "../../core/json.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { ConfigObject } from "../training/config-file.ts";
import type { TracingOptions } from "./traced-agents.ts";

/**
 * The options of recording that a YAML or JSON file, or an object, says under `rl:`, or on its own. Its keys are those of RLConfig, in snake_case
 * or camelCase: `enable_rl`, `enable_tool_rewards`, `enable_answer_quality_rewards`, `enable_coordination_rewards`, each true where it
 * is left out, and `store_config` with `type` (default local) and `path` (default ./rl_data). What concerns training is read by
 * `hone train traces --config`. Keys without an effect are one warning of the process each (`CONFIG_KEY_IGNORED`).
 *
 * @param config  the path of the file, or what would stand in it
 * @throws CONFIG_UNREADABLE; CONFIG_UNKNOWN_KEY; CONFIG_INVALID; OPTION_INVALID for what is neither a path nor an object
 * @example
 * class Planner extends TracedAgent(BaseAgent, await rlTracing("config.yaml")) {}
 * class Writer extends TracedAgent(BaseAgent, await rlTracing({ store_config: { path: "./rl_data" } })) {}
 */
export async function rlTracing(
  config: string | Readonly<Record<string, unknown>>,
): Promise<Required<Pick<TracingOptions, "store" | "rewards" | "sampleRate">>> {
  const { readRlSettings } = await import("./rl-settings.ts");
  const { settings, notices } = await readRlSettings(checked(config));
  for (const notice of notices)
    process.emitWarning(notice, { type: "HoneWarning", code: "CONFIG_KEY_IGNORED" });
  const { isOn, storeType, storePath, tool, answerQuality, coordination } = settings;
  const isFolder = storeType === "local" && !storePath.includes(":");
  return {
    store: isFolder ? `files:${storePath}` : storePath,
    rewards: { tool, answerQuality, coordination },
    sampleRate: isOn ? 1 : 0,
  };
}

function checked(config: unknown): string | ConfigObject {
  if (typeof config === "string") return config;
  if (isObject(config)) return { name: "rlTracing", values: config };
  throw optionChecks("rlTracing").invalid("config", config, "the path of a file, or an object");
}
