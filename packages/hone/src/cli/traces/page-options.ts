/** Pages of a list of traces: their options, the query of a page, and the command line of the next one. */
import { type Command, Option } from "commander";
import {
  type TraceFilter,
  type TraceOrder,
  traceOrderKeys,
  type TraceQuery,
} from "../../core/trace-query.ts";
import { wholeNumber } from "../options.ts";
import { filterNames, filterOf, type TraceFlags } from "./filter-options.ts";
import { shellWord } from "./shell-word.ts";
import { storeWords } from "./store-options.ts";
import { isoTime } from "../../core/time-text.ts";

export interface PageFlags extends TraceFilter {
  readonly store: string | undefined;
  readonly order: TraceOrder["by"];
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
        .default("startedAt"),
    )
    .option("--ascending", "the smallest first, not the largest")
    .option("--limit <n>", "traces of one page", wholeNumber(1, 1000), defaultLimit)
    .option("--cursor <text>", "where the page before ended");

/** The query of the page that a command line asks for. @throws as `filterOf` */
export const pageQuery = (flags: PageFlags): TraceQuery => ({
  ...filterOf(flags),
  order: { by: flags.order, direction: flags.ascending === true ? "ascending" : "descending" },
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
    ...filterNames.map((key) => [dashed(key), filterText(flags, key)] as const),
    ["order", order === "startedAt" ? undefined : order],
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

function filterText(flags: TraceFlags, key: keyof TraceFilter): unknown {
  const value = flags[key];
  const isTime = (key === "from" || key === "to") && typeof value === "number";
  return isTime ? isoTime(value) : value;
}

/** A value that begins with a dash would be taken for an option, so it is joined by "=". */
const joined = (value: string): string =>
  value.startsWith("-") ? `=${shellWord(value)}` : ` ${shellWord(value)}`;

const dashed = (key: string): string => key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
