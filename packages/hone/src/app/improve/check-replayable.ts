/** Whether the tools of recorded traces can be answered in the program that is run again. */
import { HoneError } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import { replayedSdks } from "../../core/tool-replay.ts";
import type { Trace } from "../../core/trace.ts";
import { calledTools } from "../traces/called-tools.ts";
import type { TraceTasks } from "../traces/trace-tasks.ts";
import type { ImproveSettings } from "./improve-settings.ts";

const answered: ReadonlySet<unknown> = new Set(replayedSdks);

/**
 * Refuses traces with tools that cannot be answered, unless each of these tools is allowed to run.
 * @throws IMPROVE_TOOLS_RUN naming the tools
 */
export function checkReplayable(
  { traces }: Pick<TraceTasks, "traces">,
  { unmatched, allowTools = [] }: Pick<ImproveSettings, "unmatched" | "allowTools">,
): void {
  const allowed = new Set(unmatched === "live" ? allowTools : []);
  const out = traces.filter((trace) => !answered.has(sdkOf(trace)));
  const tools = new Set(out.flatMap((trace) => [...calledTools(trace)]));
  const running = [...tools].filter((name) => !allowed.has(name));
  if (running.length === 0) return;
  const sdks = [...new Set(out.map((trace) => sdkOf(trace) ?? "no SDK that hone knows"))];
  throw new HoneError("IMPROVE_TOOLS_RUN", { tools: running, by: sdks.map(String) });
}

const sdkOf = ({ metadata }: Trace): unknown => fieldsOf(metadata["sdk"])["name"];
