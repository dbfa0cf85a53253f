/** The commands that put what was improved into service under a name, and take it back. */
import { word } from "../training/further-command.ts";
import { shortPath } from "../training/run-figures.ts";
import type { ImproveSettings } from "./improve-settings.ts";

/** Clients name the same model before and after, so that nothing of theirs changes. */
export function servingNotes(
  folder: string,
  { agent, model }: Pick<ImproveSettings, "agent" | "model">,
): readonly string[] {
  const name = servedName(agent);
  return [
    `into service: npx hone serve ${word(shortPath(folder))} --name ${name}`,
    ...(model === "tiny" ? [] : [`and back: npx hone serve ${word(model)} --name ${name}`]),
  ];
}

const servedName = (agent = "agent"): string => (/^[\w./:@+-]+$/u.test(agent) ? agent : "agent");

/** A prompt that the agent reads is given to it; one that stands in the place of its own is given to the server of its model. */
export function promptNotes(
  folder: string,
  { agent, prompt, policy, model, command = "<your program>" }: ImproveSettings,
): readonly string[] {
  const run = word(shortPath(folder));
  if (prompt !== undefined) {
    const [variable, best] = prompt.endsWith(".json")
      ? ["HONE_PROMPTS", "best-prompts.json"]
      : ["HONE_PROMPT", "prompt.txt"];
    const started = (from: string): string => `${variable}="$(cat ${from})" ${command}`;
    return [`into service: ${started(`${run}/${best}`)}`, `and back: ${started(word(prompt))}`];
  }
  const file = `${run}/prompt.txt`;
  if (policy !== undefined)
    return [`into service: put the words of ${file} in the place of the agent's system message`];
  const served = `npx hone serve ${word(model)} --name ${servedName(agent)}`;
  return [`into service: ${served} --system "$(cat ${file})"`, `and back: ${served}`];
}
