/** Pages of a list of traces: their options, the query of a page, and the command line of the next one. */
import { type Command, Option } from "commander";
import {
  type TraceFilter,
  type TraceOrder,
  traceOrderKeys,
  type TraceQuery,
} from "../../core/trace-query.ts";
import { metadataText } from "../../core/trace-labels.ts";
import { wholeNumber } from "../options.ts";
import { type FilterFlags, filterNames, filterOf } from "./filter-options.ts";
import { shellWord } from "../../core/shell-word.ts";
import { storeWords } from "./store-options.ts";
import { isoTime } from "../../core/time-text.ts";

export interface PageFlags extends FilterFlags {
  readonly store: string | undefined;
  readonly order?: TraceOrder["by"];
  readonly ascending?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

const defaultLimit = 20;

export const addPage = (command: Command): Command =>
  command
    .addOption(
      new Option("--order <by>", `by ${traceOrderKeys.join(", ")}`)
        .choices(traceOrderKeys)
        .default(undefined, "by start; of a session, the first turn first"),
    )
    .option("--ascending", "the smallest first, not the largest")
    .option("--limit <n>", "traces of one page", wholeNumber(1, 1000), defaultLimit)
    .option("--cursor <text>", "where the page before ended");

/** The turns of a session are a conversation, which is read from its beginning. */
const isAscending = ({ ascending, order, session }: PageFlags): boolean =>
  ascending === true || (session !== undefined && order === undefined);

/** The query of the page that a command line asks for. @throws as `filterOf` */
export const pageQuery = (flags: PageFlags): TraceQuery => ({
  ...filterOf(flags),
  order: {
    by: flags.order ?? "startedAt",
    direction: isAscending(flags) ? "ascending" : "descending",
  },
  limit: flags.limit,
  ...(flags.cursor === undefined ? {} : { cursor: flags.cursor }),
});

/**
 * The command line of the page after this one. Times that were given as "so long ago" are printed as dates, so that they
 * stay what they were.
 */
export function nextLine(
  name: string,
  words: readonly string[],
  flags: PageFlags,
  next: string,
): string {
  const { order, ascending, limit } = flags;
  const store = storeWords(flags.store);
  const options: (readonly [string, unknown])[] = [
    ...filterNames.flatMap((key) => filterWords(flags, key)),
    ["order", order],
    ["limit", limit === defaultLimit ? undefined : limit],
    ["cursor", next],
  ];
  const given = options.filter(([, value]) => value !== undefined);
  const line = [
    `npx hone ${name}`,
    ...words.map((word) => ` ${shellWord(word)}`),
    store.option,
    ...given.map(([key, value]) => ` --${key}${joined(String(value))}`),
    ...(ascending === true ? [" --ascending"] : []),
  ].join("");
  return line + store.note;
}

/** The options of a condition, each with its value. */
function filterWords(flags: FilterFlags, key: keyof TraceFilter): [string, unknown][] {
  if (key === "metadata") {
    return Object.entries(flags.meta ?? {}).map(([name, value]) => [
      "meta",
      `${name}=${metadataText(value)}`,
    ]);
  }
  const value = flags[key];
  const isTime = (key === "from" || key === "to") && typeof value === "number";
  return [[dashed(key), isTime ? isoTime(value) : value]];
}

/** A value that begins with a dash would be taken for an option, so it is joined by "=". */
const joined = (value: string): string =>
  value.startsWith("-") ? `=${shellWord(value)}` : ` ${shellWord(value)}`;

const dashed = (key: string): string => key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
