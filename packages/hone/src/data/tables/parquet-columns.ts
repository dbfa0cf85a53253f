/** The columns of Parquet files that hone writes: what each holds, as a value of its own or nested, and the schema that follows. */
import type { SchemaElement } from "hyparquet";

/** What a column, or a field of one, holds. "json" is any value as its JSON text, which readers of Parquet know as JSON. */
export type ParquetColumn =
  | "text"
  | "number"
  | "integer"
  | "flag"
  | "json"
  | { readonly list: ParquetColumn }
  | { readonly fields: ParquetColumns };

/** Columns by their names. */
export type ParquetColumns = Readonly<Record<string, ParquetColumn>>;

const messagesWith = (calledWith: "text" | "json"): ParquetColumn => {
  const called: ParquetColumns = { name: "text", arguments: calledWith };
  const call: ParquetColumns = { id: "text", type: "text", function: { fields: called } };
  const message: ParquetColumns = {
    ...{ role: "text", content: "text", reasoning_content: "text" },
    ...{ tool_calls: { list: { fields: call } }, tool_call_id: "text" },
  };
  return { list: { fields: message } };
};

/** A list of messages in OpenAI's form: arguments of calls are texts. */
export const chatMessageColumn: ParquetColumn = messagesWith("text");

/** A list of messages in TRL's forms: arguments of calls are JSON, which `datasets` and TRL read as objects, each with its own keys alone. */
export const trlMessageColumn: ParquetColumn = messagesWith("json");

/** A list of messages that are only said: of sets of single steps. */
export const plainMessageColumn: ParquetColumn = {
  list: { fields: { role: "text", content: "text" } },
};

/** The schema of a file, every column and field of which may be absent. */
export function schemaOf(columns: ParquetColumns): SchemaElement[] {
  const names = Object.keys(columns);
  return [
    { name: "schema", num_children: names.length },
    ...names.flatMap((name) => elementsOf(name, columns[name]!)),
  ];
}

function elementsOf(name: string, column: ParquetColumn): SchemaElement[] {
  const optional = { name, repetition_type: "OPTIONAL" } as const;
  if (typeof column === "string") return [{ ...optional, ...leaves[column] }];
  if ("list" in column)
    return [
      { ...optional, converted_type: "LIST", logical_type: { type: "LIST" }, num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...elementsOf("element", column.list),
    ];
  const fields = Object.entries(column.fields);
  return [
    { ...optional, num_children: fields.length },
    ...fields.flatMap(([field, of]) => elementsOf(field, of)),
  ];
}

const leaves = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  json: { type: "BYTE_ARRAY", converted_type: "JSON", logical_type: { type: "JSON" } },
  number: { type: "DOUBLE" },
  integer: { type: "INT32" },
  flag: { type: "BOOLEAN" },
} as const satisfies Record<string, Partial<SchemaElement>>;
