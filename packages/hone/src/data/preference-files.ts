/**
 * Reads a user's preferences: files of pairs, and files of rated answers, as TRL, OpenAI and hone write them.
 *
 *     {"prompt": [{"role": "user", "content": "2 + 2?"}], "chosen": [{"role": "assistant", "content": "4"}],
 *      "rejected": [{"role": "assistant", "content": "5"}]}
 *     {"prompt": "2 + 2? ", "completion": "5", "label": false}
 *
 * Without "prompt", what both sides begin with is the prompt: whole messages, or of texts what is before the word in which they first
 * differ. docs/preferences.md lists the forms. A line that cannot be used is an error that names it: nothing is left out in silence.
 */
import { asContext } from "../core/conversation-turns.ts";
import { isObject, parsedObject } from "../core/json.ts";
import { conversationSettings, type Message } from "../core/message.ts";
import type { AnswerPair, RatedAnswer } from "../core/preference.ts";
import { problemOfPair, problemOfRated } from "../core/preference-problems.ts";
import { type Conversation, readConversation, readConversations } from "./conversations.ts";
import { ratedForm } from "./conversation-forms.ts";
import { readDataFile } from "./data-file.ts";
import { entryError, parseEntry, type DataEntry } from "./data-line-error.ts";

/** A pair of a file. */
export interface FilePair extends AnswerPair {
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly weight: number;
}

/** A rated answer of a file. */
export interface FileRated extends RatedAnswer {
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly weight: number;
}

/** A file of pairs or rated answers. */
export interface PreferenceFile<Example> {
  readonly examples: readonly Example[];
  /** SHA-256 of the file, by which a resumed run knows that the file is the same. */
  readonly digest: string;
  /** Lines that say a reward, which preferences do not use. */
  readonly rewarded: number;
  /** Lines that say a margin, which reward models alone use. */
  readonly withMargin: number;
}

/**
 * The pairs of a file, in its order.
 * @throws DATA_UNREADABLE, DATA_EMPTY; DATA_LINE_INVALID naming line and column; FILE_DAMAGED for a damaged file of pairs
 * @example const { examples } = await readPairs("pairs.jsonl");
 */
export async function readPairs(file: string): Promise<PreferenceFile<FilePair>> {
  const { conversations, digest } = await readConversations(file);
  const rewarded = conversations.filter(({ reward }) => reward !== undefined).length;
  const withMargin = conversations.filter(({ rewardMargin }) => rewardMargin !== undefined).length;
  return { examples: conversations.map((one) => pairOf(one, file)), digest, rewarded, withMargin };
}

/**
 * The rated answers of a file, in its order. A pair gives two: its chosen answer is desirable, its rejected one is not.
 * @throws as `readPairs`
 * @example const { examples } = await readRatedAnswers("thumbs.jsonl");
 */
export async function readRatedAnswers(file: string): Promise<PreferenceFile<FileRated>> {
  const { entries, digest } = await readDataFile(file, "conversations");
  const isRated = entries.map((entry) => hasLabel(entry));
  if (!isRated.includes(true)) {
    const { examples, ...counts } = await readPairs(file);
    return { ...counts, examples: examples.flatMap(ratedOfPair) };
  }
  const examples = entries.flatMap((entry, i) =>
    isRated[i] ? [ratedOf(entry)] : ratedOfPair(pairOf(readConversation(entry), file)),
  );
  const rewarded = entries.filter(
    ({ text }) => parsedObject(text)?.["reward"] !== undefined,
  ).length;
  const withMargin = entries.filter(
    ({ text }) => parsedObject(text)?.["margin"] !== undefined,
  ).length;
  return { examples, digest, rewarded, withMargin };
}

function hasLabel({ text }: DataEntry): boolean {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) && ("label" in json || ("completion" in json && "prompt" in json));
  } catch {
    return false;
  }
}

function ratedOf(entry: DataEntry): FileRated {
  const json = parseEntry(entry);
  if (!isObject(json) || !("label" in json))
    throw entryError(entry, 'it has no "label", which says whether the completion is a good one');
  const {
    messages,
    promptCount = 0,
    isDesirable = true,
    weight = 1,
    ...rest
  } = ratedForm.read(json, entry);
  const rated: FileRated = {
    line: entry.line,
    prompt: messages.slice(0, promptCount),
    answer: messages.slice(promptCount),
    isDesirable,
    settings: conversationSettings(rest),
    weight,
  };
  const problem = problemOfRated(rated);
  if (problem !== undefined) throw entryError(entry, problem);
  return rated;
}

const ratedOfPair = ({
  chosen,
  rejected,
  rewardMargin: _,
  ...rest
}: FilePair): readonly FileRated[] => [
  { ...rest, answer: chosen, isDesirable: true },
  { ...rest, answer: rejected, isDesirable: false },
];

/** @throws DATA_LINE_INVALID for a line that holds no pair, or one that cannot be learned from */
function pairOf(one: Conversation, file: string): FilePair {
  const { line, messages, rejected, weight, promptCount, rewardMargin, ...rest } = one;
  const entry: DataEntry = { file, holds: "conversations", text: "", line, column: 1 };
  if (rejected === undefined)
    throw entryError(entry, 'it prefers no answer to another; a pair has "chosen" and "rejected"');
  const settings = conversationSettings(rest);
  const sides =
    promptCount !== undefined
      ? split(messages, rejected, promptCount)
      : settings.isPlain === true
        ? splitTexts(messages[0]!.content, rejected[0]!.content)
        : split(messages, rejected, sharedCount(messages, rejected));
  const margin = rewardMargin === undefined ? {} : { rewardMargin };
  const pair: FilePair = { line, ...sides, settings, weight, ...margin };
  const problem = problemOfPair(pair);
  if (problem !== undefined) throw entryError(entry, problem);
  return pair;
}

type Sides = Pick<AnswerPair, "prompt" | "chosen" | "rejected">;

const split = (chosen: readonly Message[], rejected: readonly Message[], count: number): Sides => ({
  prompt: asContext(chosen.slice(0, count)),
  chosen: chosen.slice(count),
  rejected: rejected.slice(count),
});

/** How many messages both conversations begin with. */
function sharedCount(a: readonly Message[], b: readonly Message[]): number {
  const at = a.findIndex((message, i) => b[i] === undefined || said(message) !== said(b[i]));
  return at < 0 ? a.length : at;
}

/** A message's words, without how its file wrote them. */
const said = ({ written: _, weight: __, ...message }: Message): string => JSON.stringify(message);

/** Two texts from where they differ; the white space before the first different word belongs to the answers. */
function splitTexts(chosen: string, rejected: string): Sides {
  let at = 0;
  while (at < chosen.length && chosen[at] === rejected[at]) at++;
  // A text that is the beginning of the other differs from it at its end, so its last word belongs to the answers, too.
  const place = Math.max(chosen.slice(0, at).search(/\s+\S*$/), 0);
  const content = chosen.slice(0, place);
  return {
    prompt: content.trim() === "" ? [] : [{ role: "user", content }],
    chosen: [{ role: "assistant", content: chosen.slice(place) }],
    rejected: [{ role: "assistant", content: rejected.slice(place) }],
  };
}
