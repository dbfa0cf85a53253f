/**
 * What two of the three agents know of a video. The text analyst knows what the captions say; the timeline agent knows when they are and
 * what is beside them. Neither knows the question.
 */
import { contentWords } from "../../core/search-words.ts";
import type { Action } from "../../ports/environment.ts";
import type { Cue } from "./cue.ts";
import { rounded } from "./questions.ts";

/** What an agent says, and which captions that shows. */
export interface LookUp {
  readonly said: string;
  /** Numbers of captions whose words are said. */
  readonly shown: readonly number[];
  /** Numbers of captions whose time or place is said. */
  readonly placed: readonly number[];
}

/** Captions that a search shows at most. */
const mostFound = 3;

const nothing: LookUp = { said: "nothing found", shown: [], placed: [] };

/**
 * The answer of the agent whose action it is; undefined for an action of the organiser, and for one that has no such argument.
 *
 *     text_search WORDS                        the three captions with most of these words
 *     timeline_first, timeline_last            the first or last caption
 *     timeline_next N, timeline_previous N     the caption behind or before caption N
 *     timeline_at N                            when caption N begins and ends
 */
export function lookUp(cues: readonly Cue[], { name, argument = "" }: Action): LookUp | undefined {
  if (name === "text_search") return search(cues, argument);
  if (name === "timeline_first") return placed(cues[0]);
  if (name === "timeline_last") return placed(cues.at(-1));
  const cue = /^\s*\d+\s*$/.test(argument) ? cues[Number(argument) - 1] : undefined;
  if (cue === undefined) return undefined;
  if (name === "timeline_at") return { said: timeText(cue), shown: [], placed: [cue.number] };
  if (name === "timeline_next") return placed(cues[cue.number], cue.number);
  if (name === "timeline_previous") return placed(cues[cue.number - 2], cue.number);
  return undefined;
}

function search(cues: readonly Cue[], query: string): LookUp | undefined {
  const words = new Set(contentWords(query));
  if (words.size === 0) return undefined;
  const found = cues
    .map((cue) => ({
      cue,
      count: new Set(contentWords(cue.text).filter((word) => words.has(word))).size,
    }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count || a.cue.number - b.cue.number)
    .slice(0, mostFound)
    .map(({ cue }) => cue);
  if (found.length === 0) return nothing;
  return {
    said: found.map(cueText).join(" | "),
    shown: found.map(({ number }) => number),
    placed: [],
  };
}

/** A caption whose place in the order is known by that of another. */
function placed(cue: Cue | undefined, beside?: number): LookUp {
  const places = beside === undefined ? [] : [beside];
  if (cue === undefined) return { said: "there is none", shown: [], placed: places };
  return { said: cueText(cue), shown: [cue.number], placed: [cue.number, ...places] };
}

const cueText = ({ number, text }: Cue): string => `${number} ${text}`;

function timeText({ number, start, end }: Cue): string {
  if (start === undefined) return `${number} has no time`;
  if (end === undefined) return `${number} begins at ${rounded(start)} s`;
  return `${number} from ${rounded(start)} s to ${rounded(end)} s, takes ${rounded(end - start)} s`;
}
