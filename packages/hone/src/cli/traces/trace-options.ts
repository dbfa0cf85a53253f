/** The options that the commands over traces share: which store, which traces. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { storeFromEnvironment } from "../../app/open-store.ts";
import { defaultStore, isLasting, listStores } from "../../app/stores.ts";
import { HoneError } from "../../core/errors.ts";
import { traceStatuses } from "../../core/trace.ts";
import { shownAddress } from "../../core/shown-address.ts";
import { type TraceFilter, type TraceOrder, traceOrderKeys } from "../../core/trace-query.ts";
import { wholeNumber } from "../options.ts";
import { problemPrinter } from "../report-error.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Flags bear the names of the conditions. */
export type FilterFlags = TraceFilter;

export interface PageFlags extends FilterFlags {
  readonly store: string | undefined;
  readonly order: TraceOrder["by"];
  readonly ascending?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

/** The store of a command line: the one its option names, else HONE_STORE, else the default. */
export const storeOf = ({ store }: { readonly store?: string | undefined }): string =>
  store ?? storeFromEnvironment();

/** The option that names a store again, in a command line that is printed; of a password it says where to put it. */
export function storeWords(store: string | undefined): {
  readonly option: string;
  readonly note: string;
} {
  if (store === undefined) return { option: "", note: "" };
  const shown = shownAddress(store);
  const option = ` --store ${quoted(shown)}`;
  return { option, note: shown === store ? "" : "  (password: PGPASSWORD)" };
}

/** The same for `withStore`: traces in it that cannot be read are printed as problems. */
export const storeAt = (
  flags: { readonly store?: string | undefined },
  terminal: Terminal,
): { readonly url: string; readonly onProblem: (problem: HoneError) => void } => ({
  url: storeOf(flags),
  onProblem: problemPrinter(terminal),
});

const defaultText = `HONE_STORE, else ${defaultStore}`;

/** The addresses that help names: those of stores that outlive a process. */
export const storeForms = listStores("form", isLasting);

/** Help of a store that is given by its position. `forms`: the addresses it may have. */
export const storeArgument = (forms: string = storeForms): string =>
  `${forms}; default ${defaultText}`;

export const storeOption = (what = "where the traces are"): Option =>
  new Option("--store <url>", what).default(undefined, defaultText);

const anyNumber = (text: string): number => {
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isNaN(value)) throw new InvalidArgumentError("It must be a number");
  return value;
};

export function addFilter(command: Command, withText = true): Command {
  command
    .option("--agent <name>", "only traces of this agent")
    .option("--agent-version <version>", "only of this version of it")
    .option("--task <task>", "only of this task: its words or its id, exactly")
    .option("--from <time>", "started then or later: 2026-01-31T12:00, 2h, 7d", timeBy())
    .option("--to <time>", "started before then; times are UTC or so long ago", timeBy())
    .addOption(new Option("--status <status>", traceStatuses.join(", ")).choices(traceStatuses))
    .option("--min-reward <n>", "of this reward or more", anyNumber)
    .option("--max-reward <n>", "of this reward or less", anyNumber)
    .option("--tag <tag>", "only traces with this tag");
  return withText ? command.option("--text <words>", "all these words stand in them") : command;
}

export const addPage = (command: Command): Command =>
  command
    .addOption(
      new Option("--order <by>", `by ${traceOrderKeys.join(", ")}`)
        .choices(traceOrderKeys)
        .default("startedAt"),
    )
    .option("--ascending", "the smallest first, not the largest")
    .option("--limit <n>", "traces of one page", wholeNumber(1, 1000), 20)
    .option("--cursor <text>", "where the page before ended");

const filterKeys = [
  "agent",
  "agentVersion",
  "task",
  "from",
  "to",
  "status",
  "minReward",
  "maxReward",
  "tag",
  "text",
] as const satisfies readonly (keyof TraceFilter)[];

/** @throws TRACE_QUERY_INVALID for bounds between which nothing can be */
export function filterOf(flags: FilterFlags): TraceFilter {
  const { from, to, minReward, maxReward } = flags;
  if (from !== undefined && to !== undefined && from >= to)
    refuse("--from", iso(from), `before --to, which is ${iso(to)}`);
  if (minReward !== undefined && maxReward !== undefined && minReward > maxReward)
    refuse("--min-reward", String(minReward), `at most --max-reward, which is ${maxReward}`);
  return Object.fromEntries(
    filterKeys.flatMap((key) => (flags[key] === undefined ? [] : [[key, flags[key]]])),
  );
}

function refuse(condition: string, got: string, expected: string): never {
  throw new HoneError("TRACE_QUERY_INVALID", { condition, got, expected });
}

export const orderOf = ({ order, ascending }: PageFlags): TraceOrder => ({
  by: order,
  direction: ascending === true ? "ascending" : "descending",
});

/** The command line of the page after this one. Times that were so long ago stand as they were then. */
export function nextLine(name: string, words: readonly string[], flags: PageFlags, next: string) {
  const { order, ascending, limit } = flags;
  const store = storeWords(flags.store);
  const options: (readonly [string, unknown])[] = [
    ...filterKeys.map((key) => {
      const value = flags[key];
      const isTime = key === "from" || key === "to";
      return [dashed(key), isTime && value !== undefined ? iso(value as number) : value] as const;
    }),
    ["order", order === "startedAt" ? undefined : order],
    ["limit", limit === 20 ? undefined : limit],
    ["cursor", next],
  ];
  const given = options.filter(([, value]) => value !== undefined);
  const line = [
    `npx hone ${name}`,
    ...words.map((word) => ` ${quoted(word)}`),
    store.option,
    ...given.map(([key, value]) => ` --${key}${joined(String(value))}`),
    ...(ascending === true ? [" --ascending"] : []),
  ].join("");
  return line + store.note;
}

/** A value that begins with a dash would be taken for an option. */
const joined = (value: string): string =>
  value.startsWith("-") ? `=${quoted(value)}` : ` ${quoted(value)}`;

const dashed = (key: string): string => key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

const iso = (time: number): string => new Date(time).toISOString();

/** As a shell reads it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/**
 * A parser of times: UTC dates with or without a time of day, or how long ago.
 * @example timeBy(() => Date.UTC(2026, 0, 8))("7d"); // 1 January 2026
 */
export function timeBy(now: () => number = Date.now): (text: string) => number {
  return (text) => {
    const ago = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text);
    if (ago !== null)
      return Math.max(0, now() - Number(ago[1]) * unitMs[ago[2] as keyof typeof unitMs]);
    const isDate = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$/.test(text);
    const utc = text.length > 10 && !text.endsWith("Z") ? `${text}Z` : text;
    const time = isDate ? Date.parse(utc.replace(" ", "T")) : NaN;
    // JavaScript reads 30 February as 2 March.
    if (Number.isNaN(time) || iso(time).slice(0, 10) !== text.slice(0, 10))
      throw new InvalidArgumentError(
        "Give a date such as 2026-01-31, or how long ago: 30m, 2h, 7d",
      );
    return time;
  };
}
