/** The wording of a domain's tasks: one of its own, or with a system message from a file, such as the result of `hone train apo`. */
import { resolve } from "node:path";
import type { ChatFormat } from "../../environments/chat-format.ts";
import type { DomainFormats } from "../../environments/domain.ts";
import type { RunRecord } from "../../formats/run-format.ts";
import { onlyPrompt, readPrompts } from "../prompts/prompt-files.ts";

/** A wording. */
export interface Wording {
  readonly form: "compact" | "instructed";
  /** In place of the form's own system message. Default: its own. */
  readonly system?: string;
  /** What a run records. */
  readonly settled: { readonly prompt: string; readonly system?: string };
}

/**
 * The wording that is asked for; else that of the run that the model comes from.
 * @param setting  "compact", "instructed", or a file with a system message
 * @param run      the configuration of the run that the model comes from, if it comes from one
 * @throws CONFIG_INVALID for a file that cannot be read or is empty
 */
export async function wordingOf(
  setting: string | undefined,
  run?: RunRecord["config"],
): Promise<Wording> {
  if (setting === undefined) return ofRun(run);
  if (setting === "compact" || setting === "instructed") return plain(setting);
  const { [onlyPrompt]: system = "" } = await readPrompts(setting);
  return { form: "instructed", system, settled: { prompt: resolve(setting), system } };
}

const plain = (form: Wording["form"]): Wording => ({ form, settled: { prompt: form } });

/** A model that comes from no run is given instructions. */
function ofRun(run: RunRecord["config"] = {}): Wording {
  const { prompt, system } = run;
  if (typeof prompt === "string" && typeof system === "string")
    return { form: "instructed", system, settled: { prompt, system } };
  const { model, command } = run;
  // A system that makes its model records no name for it, or "tiny".
  const isSystem = String(command).startsWith("run ");
  const isFromNothing = model === "tiny" || (isSystem && model === undefined);
  const isCompact = prompt === "compact" || (prompt === undefined && isFromNothing);
  return plain(isCompact ? "compact" : "instructed");
}

/** How the domain's episodes read in this wording. */
export const formatOf = (formats: DomainFormats, { form, system }: Wording): ChatFormat =>
  system === undefined ? formats[form] : { ...formats[form], system };
