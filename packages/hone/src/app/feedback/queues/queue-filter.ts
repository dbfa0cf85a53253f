/** Conditions on traces as an address has them, where every value is a text. */
import type { ModelPrices } from "../../../core/model-prices.ts";
import { checkFilter, isNumericCondition, type TraceFilter } from "../../../core/trace-query.ts";

/**
 * The filter of these conditions; empty texts are none. A queue whose conditions are on costs keeps the prices that these follow from.
 * @throws TRACE_QUERY_INVALID
 */
export function filterOfTexts(
  texts: Readonly<Record<string, unknown>>,
  prices: ModelPrices | undefined,
): TraceFilter {
  const given = Object.entries(texts).filter(([, value]) => value !== undefined && value !== "");
  const conditions: TraceFilter = Object.fromEntries(
    given.map(([name, value]) => [name, isNumericCondition(name) ? Number(value) : value]),
  );
  const { minCost, maxCost } = conditions;
  const isOnCost = minCost !== undefined || maxCost !== undefined;
  const filter = { ...conditions, ...(isOnCost && prices !== undefined && { prices }) };
  checkFilter(filter);
  return filter;
}
