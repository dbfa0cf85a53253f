/** Conditions on traces as an address has them, where every value is a text. */
import { checkFilter, type TraceFilter } from "../../../core/trace-query.ts";

/** Conditions whose values are numbers. */
const numbers: ReadonlySet<string> = new Set<keyof TraceFilter>([
  "from",
  "to",
  "minReward",
  "maxReward",
]);

/** The filter of these conditions; empty texts are none. @throws TRACE_QUERY_INVALID */
export function filterOfTexts(texts: Readonly<Record<string, unknown>>): TraceFilter {
  const given = Object.entries(texts).filter(([, value]) => value !== undefined && value !== "");
  const filter: TraceFilter = Object.fromEntries(
    given.map(([name, value]) => [name, numbers.has(name) ? Number(value) : value]),
  );
  checkFilter(filter);
  return filter;
}
