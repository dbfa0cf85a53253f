/** Actions as one short line of text: the name, and after a blank what it acts on. */
import type { Action } from "../ports/environment.ts";

/** "subtract_terms 7"; the name alone where there is no argument. */
export const formatAction = ({ name, argument }: Action): string =>
  argument === undefined || argument === "" ? name : `${name} ${argument}`;

/**
 * Reads what `formatAction` writes; blanks around it do not matter.
 *
 * Undefined for anything else: more than one line, a name with other than a–z, 0–9 and _, an empty text.
 * @example parseAction("subtract_terms 7"); // { name: "subtract_terms", argument: "7" }
 */
export function parseAction(text: string): Action | undefined {
  const match = /^([a-z][a-z0-9_]*)(?:[ \t]+(\S.*))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, name = "", argument] = match;
  return argument === undefined ? { name } : { name, argument };
}

/**
 * The action that stands for a reply nobody could read: no environment knows its name, so it costs what any unknown
 * action costs, and the model sees the environment's answer to it.
 */
export const malformedAction = (reply: string): Action => ({
  name: "malformed",
  argument: reply.replace(/\s+/g, " ").trim().slice(0, 80),
});
