/** The filters of jinja2, with `tojson` as transformers sets it. */
import { numberFilters } from "./number-filters.ts";
import { sequenceFilters } from "./sequence-filters.ts";
import { textFilters } from "./text-filters.ts";
import { toJson } from "./json.ts";
import { ownAttribute } from "./lookup.ts";
import { bind } from "./arguments.ts";
import { representationOf, textOf } from "./print.ts";
import type { Filter } from "./runtime.ts";
import { Undefined, isTrue, typeName, type Value } from "./values.ts";

const byDefault: Filter = (value, call) => {
  const [other, isOfFalse] = bind("default", call, ["default_value", ""], ["boolean", false]) as [
    Value,
    Value,
  ];
  return value instanceof Undefined || (isTrue(isOfFalse) && !isTrue(value)) ? other : value;
};

/** The filters by name. */
export const filters: Readonly<Record<string, Filter>> = {
  ...textFilters,
  ...sequenceFilters,
  ...numberFilters,
  default: byDefault,
  d: byDefault,
  tojson: toJson,
  pprint: (value) => representationOf(value),
  attr: (value, call) => {
    const name = textOf(bind("attr", call, "name")[0]!);
    if (value instanceof Undefined) value.fail();
    const own = ownAttribute(value, name);
    if (own !== undefined) return own;
    return new Undefined(`'${typeName(value)} object' has no attribute '${name}'`);
  },
};
