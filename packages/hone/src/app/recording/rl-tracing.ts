/** `rlTracing`: the `rl:` section of a configuration file as options of `withTraces` and the traced classes. */
import type { TracingOptions } from "./traced-agents.ts";

/**
 * The options of recording that a YAML or JSON file says under `rl:`, or on its own. Its keys are those of RLConfig, in snake_case
 * or camelCase: `enable_rl`, `enable_tool_rewards`, `enable_answer_quality_rewards`, `enable_coordination_rewards`, each true where it
 * is left out, and `store_config` with `type` (default local) and `path` (default ./rl_data). What concerns training is read by
 * `hone train traces --config`. Keys without an effect are one warning of the process each (`CONFIG_KEY_IGNORED`).
 *
 * @param file  its path
 * @throws CONFIG_UNREADABLE; CONFIG_UNKNOWN_KEY; CONFIG_INVALID
 * @example class Planner extends TracedAgent(BaseAgent, await rlTracing("config.yaml")) {}
 */
export async function rlTracing(
  file: string,
): Promise<Required<Pick<TracingOptions, "store" | "rewards" | "sampleRate">>> {
  const { readRlSettings } = await import("./rl-settings.ts");
  const { settings, notices } = await readRlSettings(file);
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
