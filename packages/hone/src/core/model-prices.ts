/** What calls of models cost, by a table of prices that the user gives: hone guesses no price. */
import type { CallFacts } from "./call-facts.ts";

/** The price of a model, in dollars per million tokens. */
export type ModelPrice = Readonly<Record<"input" | "output", number>>;

/** Prices by model: by the name that its calls are recorded with ("gpt-4o"), or with its provider before it ("openai/gpt-4o"). */
export type ModelPrices = Readonly<Record<string, ModelPrice>>;

/** The cost of so many tokens, in dollars. */
export const costOf = (
  tokens: { readonly inputTokens: number; readonly outputTokens: number },
  { input, output }: ModelPrice,
): number => (tokens.inputTokens * input + tokens.outputTokens * output) / 1e6;

/** @example dollars(0.1234); // "$0.1234" */
export const dollars = (usd: number): string => `$${usd.toFixed(usd < 1 ? 4 : 2)}`;

/** Prices by the names of calls: each key of the table, and what stands behind its first "/"; a whole key wins. */
export function pricesByModel(prices: ModelPrices): ReadonlyMap<string, ModelPrice> {
  const rows = Object.entries(prices);
  const short = rows.flatMap(([key, price]) => {
    const slash = key.indexOf("/");
    return slash < 0 ? [] : [[key.slice(slash + 1), price] as const];
  });
  return new Map([...short, ...rows]);
}

/**
 * Dollars that calls cost. A call that failed without tokens costs nothing.
 * @returns undefined where there are no calls, and where a call's model has no price or its tokens were not counted: a part of a
 *          sum would look like the whole
 * @example costOfCalls([{ model: "m", isFailed: false, input: 1000, output: 100 }], new Map([["m", { input: 1, output: 10 }]])); // 0.002
 */
export function costOfCalls(
  calls: readonly CallFacts[],
  prices: ReadonlyMap<string, ModelPrice>,
): number | undefined {
  if (calls.length === 0) return undefined;
  let sum = 0;
  for (const { model, isFailed, input, output } of calls) {
    const isUncounted = input + output === 0;
    if (isUncounted && isFailed) continue;
    const price = prices.get(model);
    if (isUncounted || price === undefined) return undefined;
    sum += costOf({ inputTokens: input, outputTokens: output }, price);
  }
  return sum;
}

/** Whether a value is a table of prices. */
export const isPriceTable = (value: unknown): value is ModelPrices =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every(
    (price: Partial<ModelPrice> | null) =>
      isAmount(price?.input) && isAmount(price?.output) && Object.keys(price!).length === 2,
  );

const isAmount = (value: unknown): boolean =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;
