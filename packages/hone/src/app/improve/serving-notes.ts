/** The commands that put what was trained into service under a name, and take it back. */
import { word } from "../training/further-command.ts";
import { shortPath } from "../training/run-figures.ts";
import type { ImproveSettings } from "./improve-settings.ts";

/** Clients name the same model before and after, so that nothing of theirs changes. */
export function servingNotes(
  folder: string,
  { agent = "agent", model }: Pick<ImproveSettings, "agent" | "model">,
): readonly string[] {
  const name = /^[\w./:@+-]+$/u.test(agent) ? agent : "agent";
  return [
    `into service: npx hone serve ${word(shortPath(folder))} --name ${name}`,
    ...(model === "tiny" ? [] : [`and back: npx hone serve ${word(model)} --name ${name}`]),
  ];
}
