/** `hone train sft`: on your own conversations where a file of them is given, else on a domain's expert. */
import { runData } from "./sources/own-conversations.ts";
import { type DomainRunOptions, runDomain } from "./run-training.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import type { SftSettings } from "./setting-kinds.ts";

export function runSft(
  settings: SftSettings,
  options: DomainRunOptions = {},
): AsyncGenerator<PipelineEvent, void> {
  const { data } = settings;
  return data === undefined
    ? runDomain({ algorithm: "sft", settings }, options)
    : runData({ ...settings, data }, options);
}
