/** A rollout as a trainer puts it into a queue. */
import { join } from "node:path";
import type { JsonValue } from "../../core/json.ts";
import { jsonValue } from "../../formats/json-value.ts";
import { packageVersion } from "../../runs/environment.ts";
import { jobVersionOf, type QueuedJob } from "./rollout-job.ts";

/** A small model. */
export const goldenModel = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");

/** The job of one equation with the golden model, with these parts in place of its own. */
export async function queuedJob(parts: Partial<QueuedJob>): Promise<JsonValue> {
  const weights = { folder: "weights", hash: "0".repeat(32), step: 0, name: "policy@0" };
  return jsonValue.parse({
    ...jobVersionOf(await packageVersion()),
    ...{ run: "run", phase: "grpo", split: "train", tokenizer: "another", model: goldenModel },
    weights: { kind: "model", ...weights },
    play: { domain: "math", form: "compact", maxActions: 1 },
    ...{ sampling: { maxTokens: 1 }, deadlineMs: 1000, id: "a", seed: 1, task: { id: "t" } },
    ...parts,
  });
}
