/** An action as one short line of text: its name, and its argument after a space. */
import { UNREADABLE_ACTION } from "../core/unreadable-action.ts";
import type { Action } from "../ports/environment.ts";

/** @example formatAction({ name: "subtract_terms", argument: "7" }); // "subtract_terms 7" */
export const formatAction = ({ name, argument }: Action): string =>
  argument === undefined || argument === "" ? name : `${name} ${argument}`;

/**
 * Reads what `formatAction` writes; white space around it is ignored.
 *
 * Undefined for any other text: several lines, a name with other characters than a–z, 0–9 and _, or nothing.
 * @example parseAction("subtract_terms 7"); // { name: "subtract_terms", argument: "7" }
 */
export function parseAction(text: string): Action | undefined {
  const match = /^([a-z][a-z0-9_]*)(?:[ \t]+(\S.*))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, name = "", argument] = match;
  return argument === undefined ? { name } : { name, argument };
}

/**
 * The action of a reply that cannot be read. No environment knows its name, so it costs what an unknown action costs, and
 * the model sees how the environment answers it.
 */
export const malformedAction = (reply: string): Action => ({
  name: UNREADABLE_ACTION,
  argument: reply.replace(/\s+/g, " ").trim().slice(0, 80),
});
