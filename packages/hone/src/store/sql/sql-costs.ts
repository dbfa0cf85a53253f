/** What traces cost, in SQL: sums over the columns of their calls, by prices that the query brings. */
import { type Expression, type RawBuilder, sql, type SqlBool } from "kysely";
import { type ModelPrice, type ModelPrices, pricesByModel } from "../../core/model-prices.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import { toColumn } from "./column-text.ts";
import type { SqlLanguage } from "./sql-engine.ts";

/** The condition on the cost of `hone_traces`, which is called `t`; undefined without one. It is `costOfCalls` in SQL. */
export function costCondition(
  { minCost, maxCost, prices = {} }: TraceFilter,
  language: SqlLanguage,
): Expression<SqlBool> | undefined {
  if (minCost === undefined && maxCost === undefined) return undefined;
  const price = (side: keyof ModelPrice) => priceOf(prices, side, language);
  const hasTokens = sql`s.tokens_input + s.tokens_output > 0`;
  const dollars = sql`(s.tokens_input * ${price("input")} + s.tokens_output * ${price("output")}) / 1e6`;
  // A sum leaves out what is null, so calls without a known cost are counted beside it.
  const cost = sql`case when ${hasTokens} then ${dollars} when s.has_error = 1 then 0 end`;
  const bounds = [
    ...(minCost === undefined ? [] : [sql`c.cost >= ${minCost}`]),
    ...(maxCost === undefined ? [] : [sql`c.cost <= ${maxCost}`]),
  ];
  return sql`exists (
    select 1 from (
      select count(*) as calls, count(${cost}) as known, sum(${cost}) as cost
      from hone_spans s where s.trace_no = t.no and s.model is not null) c
    where c.known = c.calls and ${sql.join(bounds, sql` and `)})`;
}

/** The price of a call's model; null where it has none. */
function priceOf(
  prices: ModelPrices,
  side: keyof ModelPrice,
  { types }: SqlLanguage,
): RawBuilder<unknown> {
  const number = sql.raw(types.number);
  const cases = [...pricesByModel(prices)].map(
    ([model, price]) => sql`when ${toColumn(model)} then cast(${price[side]} as ${number})`,
  );
  return cases.length === 0
    ? sql`cast(null as ${number})`
    : sql`case s.model ${sql.join(cases, sql` `)} end`;
}
