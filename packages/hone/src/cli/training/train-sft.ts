/** `hone train sft`: supervised learning on your own conversations or a domain's tasks. */
import { sftSettings } from "../../app/training/setting-kinds.ts";
import { defineCommand } from "../command.ts";
import { addSettings, settingsSources } from "./settings-options.ts";

export const command = defineCommand({
  examples: [
    "npx hone train sft --data chats.jsonl --model Qwen/Qwen3-0.6B",
    "npx hone train sft --model Qwen/Qwen2.5-0.5B-Instruct --levels 1,2",
    "npx hone train sft --config run.yaml --seed 1",
  ],
  notes: [
    'A line of --data: {"messages":[{"role":"user","content":"…"},',
    '  {"role":"assistant","content":"…"}]}, with "weight": 2 if it counts double.',
    "Held-out conversations give success, the last reply word for word, and reward,",
    "  the mean log-probability of what the assistant says, in nats per token.",
    "Ctrl-C saves; --resume goes on as if nothing had happened.",
  ],
  define: (command) => addSettings(command, sftSettings),
  run: async ({ flags, terminal, signal }) => {
    const { resolveSettings } = await import("../../app/training/config.ts");
    const { runSft } = await import("../../app/training/sft-run.ts");
    const { printRun } = await import("./run-printer.ts");
    const sources = settingsSources(sftSettings, flags);
    const { settings, resume } = await resolveSettings(sftSettings, sources);
    const events = runSft(settings, { resume, signal });
    await printRun(events, terminal, "npx hone train sft");
  },
});
