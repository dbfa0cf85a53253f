/** Options that several feedback commands have: the author, the scale, the number of questions. */
import { InvalidArgumentError, Option } from "commander";
import { HoneError } from "../../core/errors.ts";
import type { AnswerLines } from "./answer-lines.ts";
import { wholeNumber } from "../options.ts";

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Whether answers are + and - instead of numbers. */
  readonly isThumbs: boolean;
}

const thumbs: Scale = { low: 0, high: 1, isThumbs: true };

export const scaleOption = (): Option =>
  new Option("--scale <scale>", "whole numbers such as 1-5, or thumbs")
    .argParser(scaleOf)
    .default({ low: 1, high: 5, isThumbs: false }, "1-5");

/** The scale of a text such as "1-5", "0-10" or "thumbs". */
export function scaleOf(text: string): Scale {
  if (text === "thumbs") return thumbs;
  const [, low, high] = /^(\d{1,6})(?:-|\.\.|–)(\d{1,6})$/.exec(text) ?? [];
  if (low === undefined || Number(low) >= Number(high)) {
    throw new InvalidArgumentError("It must be two whole numbers, such as 1-5, or thumbs");
  }
  return { low: Number(low), high: Number(high), isThumbs: false };
}

export const authorOption = (): Option =>
  new Option("--author <name>", "who speaks").default(undefined, "HONE_AUTHOR");

export const limitOption = (what: string): Option =>
  new Option("--limit <n>", what).argParser(wholeNumber(1)).default(undefined, "all");

/**
 * The author: the flag, else HONE_AUTHOR, else the name that the person types when asked. The account's name is not used.
 * @throws USAGE_INVALID when there is no terminal to ask at, or the person types no name
 */
export async function authorOf(
  command: string,
  author: string | undefined,
  answers: Pick<AnswerLines, "ask">,
): Promise<string> {
  const asked = givenAuthor(author) ?? (await answers.ask("Your name, as it is stored: "))?.trim();
  if (asked !== undefined && asked !== "") return asked;
  const problem =
    "the author of the feedback is not known; give --author <name>, or set HONE_AUTHOR";
  throw new HoneError("USAGE_INVALID", { command: `npx hone ${command}`, problem });
}

/** The author that a flag or HONE_AUTHOR names. A blank name counts as none. */
export function givenAuthor(author: string | undefined): string | undefined {
  const name = (author ?? process.env["HONE_AUTHOR"] ?? "").trim();
  return name === "" ? undefined : name;
}
