/**
 * A business situation as data, and as one line of text:
 *
 *     bakery: cash 60, months 8, market 300, rivals 2; shop cash 40, months 6, share 5, margin 4.1, spread 30; export …
 *
 * Before the first semicolon: the firm, what it has (cash in thousands, months, staff), how many customers there are (in
 * thousands), and how many rivals. Behind it the options: what each needs, the share of customers it reaches (%), the margin
 * per customer, and the uncertainty of its demand (%).
 */
import { HoneError } from "../../core/errors.ts";

/** What a firm has a limited amount of: money in thousands, months until a result is needed, people. */
export const limitNames = ["cash", "months", "staff"] as const;

/** The name of a limit. */
export type LimitName = (typeof limitNames)[number];

/** Amounts of some limits. */
export type Amounts = Readonly<Partial<Record<LimitName, number>>>;

/** One way to go, with what only the simulator knows of it. */
export interface BusinessOption {
  /** One word of two letters or more. Actions name the option by it, or by its letter. */
  readonly name: string;
  /** What it takes, in the units of the firm's limits. */
  readonly needs: Amounts;
  /** Share of the customers it reaches, in percent. */
  readonly share: number;
  /** What a customer brings in, in units of money, before the cost of the option. */
  readonly margin: number;
  /** Standard deviation of the logarithm of its demand, in percent. */
  readonly spread: number;
}

/** A firm that has to decide. */
export interface Situation {
  /** What kind of firm it is, in one word. */
  readonly firm: string;
  /** What the firm has; cash always, months and staff where they are limited. */
  readonly limits: Amounts;
  /** Customers there are, in thousands. */
  readonly market: number;
  /** Competing firms; undefined where competition plays no part. */
  readonly rivals?: number;
  /** The ways to go, at least two. */
  readonly options: readonly BusinessOption[];
}

/** What `analyze_situation` can be asked about: the limits, then the market, then the rivals, as far as there are any. */
export function factorsOf({ limits, rivals }: Situation): readonly string[] {
  const limited = limitNames.filter((name) => limits[name] !== undefined);
  return [...limited, "market", ...(rivals === undefined ? [] : ["rivals"])];
}

/** The letter of an option, by its place: a, b, c … */
export const letterOf = (place: number): string => String.fromCharCode("a".charCodeAt(0) + place);

/** The option of a letter or a name; undefined for any other text. */
export const optionOf = ({ options }: Situation, said: string): BusinessOption | undefined =>
  options.find(({ name }, place) => said === letterOf(place) || said === name);

/** True when the firm has everything that the option needs. */
export const isFeasible = ({ limits }: Situation, { needs }: BusinessOption): boolean =>
  limitNames.every((name) => (needs[name] ?? 0) <= (limits[name] ?? Infinity));

/** The text of a situation, as `parseSituation` reads it. */
export function formatSituation({ firm, limits, market, rivals, options }: Situation): string {
  const head = pairsText({ ...limits, market, ...(rivals !== undefined && { rivals }) });
  const ways = options.map(({ name, needs, share, margin, spread }) => {
    return `${name} ${pairsText({ ...needs, share, margin, spread })}`;
  });
  return [`${firm}: ${head}`, ...ways].join("; ");
}

const pairsText = (pairs: Readonly<Record<string, number>>): string =>
  Object.entries(pairs)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

const maxLength = 1000;
const maxOptions = 10;

/**
 * Reads what `formatSituation` writes; white space is ignored where it separates nothing.
 * @throws SITUATION_INVALID that names the part that cannot be read, or what is missing
 */
export function parseSituation(text: string): Situation {
  if (text.length > maxLength) throw invalid(text, `it is longer than ${maxLength} characters`);
  const [head = "", ...ways] = text.trim().split(/\s*;\s*/);
  const opening = /^([a-z]+):\s*(.*)$/.exec(head);
  if (!opening)
    throw invalid(
      text,
      'it must begin with a firm and a colon, as in "bakery: cash 60, market 300"',
    );
  const facts = readPairs(text, opening[2]!, ["cash", "market"], ["months", "staff", "rivals"]);
  const { cash, months, staff, market, rivals } = facts;
  const options = ways.map((way) => readOption(text, way, facts));
  if (options.length < 2)
    throw invalid(text, "it needs two options or more, each behind a semicolon");
  const names = new Set(options.map(({ name }) => name));
  if (options.length > maxOptions) throw invalid(text, `it has more than ${maxOptions} options`);
  if (names.size < options.length) throw invalid(text, "two of its options have the same name");
  const limits = amounts({ cash, months, staff });
  return {
    firm: opening[1]!,
    limits,
    market: market!,
    ...(rivals !== undefined && { rivals }),
    options,
  };
}

function readOption(text: string, way: string, limits: Pairs): BusinessOption {
  const parts = /^([a-z]{2,})\s+(.*)$/.exec(way);
  if (!parts)
    throw invalid(
      text,
      `"${way.slice(0, 40)}" is no option, such as "shop cash 40, share 5, margin 4, spread 30"`,
    );
  const limited = limitNames.filter((name) => limits[name] !== undefined);
  const required = [...limited, "share", "margin", "spread"] as const;
  const { cash, months, staff, share, margin, spread } = readPairs(text, parts[2]!, required, []);
  const needs = amounts({ cash, months, staff });
  return { name: parts[1]!, needs, share: share!, margin: margin!, spread: spread! };
}

type FactName = LimitName | "market" | "rivals" | "share" | "margin" | "spread";
type Pairs = Partial<Record<FactName, number>>;

/** May be 0; every other number must be above it. */
const mayBeZero: readonly FactName[] = ["rivals", "spread", "staff", "months"];

function readPairs(
  text: string,
  list: string,
  required: readonly FactName[],
  optional: readonly FactName[],
): Pairs {
  const pairs: Pairs = {};
  for (const item of list.split(/\s*,\s*/)) {
    const parts = /^([a-z]+)\s+(\d{1,6}(?:\.\d{1,4})?)$/.exec(item);
    const name = [...required, ...optional].find((known) => known === parts?.[1]);
    if (!parts || name === undefined || pairs[name] !== undefined) {
      const known = [...required, ...optional].join(", ");
      throw invalid(
        text,
        `"${item.slice(0, 40)}" cannot be read; expected each of ${known} at most once, with a number`,
      );
    }
    pairs[name] = Number(parts[2]);
    if (pairs[name] === 0 && !mayBeZero.includes(name))
      throw invalid(text, `${name} must be above 0`);
  }
  const missing = required.find((name) => pairs[name] === undefined);
  if (missing !== undefined) throw invalid(text, `"${list.slice(0, 40)}" has no ${missing}`);
  return pairs;
}

/** The amounts without those that are undefined. */
const amounts = (all: { readonly [Name in LimitName]: number | undefined }): Amounts => ({
  ...(all.cash !== undefined && { cash: all.cash }),
  ...(all.months !== undefined && { months: all.months }),
  ...(all.staff !== undefined && { staff: all.staff }),
});

const invalid = (situation: string, problem: string): HoneError =>
  new HoneError("SITUATION_INVALID", { situation: situation.slice(0, 80), problem });
