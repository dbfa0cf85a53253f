/** What a line that is no conversation comes from, where another command reads such files: so that an error can name that command. */
import type { JsonObject } from "../core/json.ts";
import { trajectoryFormat } from "../formats/trajectory-format.ts";

/** Keys that only lines of one kind of file have → what such a line is, and the command that reads it. */
const others: readonly (readonly [keys: readonly string[], what: string])[] = [
  [
    ["input_text", "target_probability"],
    "a row of a table of meetings, which `npx hone run meetings --data` reads",
  ],
  [
    ["steps", "outcome"],
    "a trajectory; `npx hone convert --format chat` makes conversations of it",
  ],
  [["trace_id", "spans"], "a trace, which `npx hone traces import` reads"],
  [["kind", "author"], "feedback, which `npx hone feedback import` reads"],
];

/** What a line is, with the command that reads it; undefined for a line that no other command is known to read. */
export function otherLine(json: JsonObject): string | undefined {
  if (json["format"] === trajectoryFormat.name)
    return "a line of a file of trajectories; `npx hone convert --format chat` makes conversations of it";
  return others.find(([keys]) => keys.every((key) => key in json))?.[1];
}
