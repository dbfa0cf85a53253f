/** Settings of an agent that runs again with its tools answered from a recording, which `hone improve` and `hone train traces` share. */
import { z } from "zod";
import { replayMatches } from "../../core/tool-replay.ts";
import { settingKinds, type SettingsTable } from "./setting-kinds.ts";

const { choice, optional, optionalWhole } = settingKinds;

const agentFilePattern = /\.[cm]?[jt]s$/;

const unmatchedError = "expected error, live, or stub:./stubs.ts";

/** By the keys of the tables that they are part of. */
export const replayedAgentSettings = {
  agentFile: {
    ...optional(z.string().regex(agentFilePattern, "expected a .ts or .js file"), {
      kind: "text",
      help: "instead: its default export answers a task",
    }),
    placeholder: "file",
    notWith: "command",
  },
  match: choice(replayMatches, "exact", "recorded calls answer"),
  recording: choice(["task", "agent"], "task", "calls recorded of the"),
  unmatched: {
    ...optional(z.string().regex(/^(?:error|live|stub:.+)$/, unmatchedError), {
      kind: "text",
      help: "a call that was not recorded: error, live, stub:file",
      byDefault: "error",
    }),
    placeholder: "rule",
  },
  allowTools: {
    ...optional(z.array(z.coerce.string().min(1)).min(1), {
      kind: "list",
      help: "the tools that may run, with live",
    }),
    placeholder: "names",
  },
  warmStart: optionalWhole(0, "grpo: steps of sft on the traces first", "tiny: 900, else 0"),
} as const satisfies SettingsTable;
