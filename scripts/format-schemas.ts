/** docs/formats/*.schema.json from the zod schemas of traces and spans: `npm run docs`. A test keeps them current. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { spanSchema, spanVersion } from "../packages/hone/src/formats/span-format.ts";
import { traceSchema, traceVersion } from "../packages/hone/src/formats/trace-format.ts";

const folder = join(import.meta.dirname, "../docs/formats");

const formats = [
  {
    file: `trace-v${traceVersion}.schema.json`,
    title: `hone.trace, version ${traceVersion}`,
    description: "A trace: everything recorded of one try of an agent at a task.",
    schema: traceSchema,
  },
  {
    file: `span-v${spanVersion}.schema.json`,
    title: `hone.span, version ${spanVersion}`,
    description: "A span: one timed piece of what an agent did.",
    schema: spanSchema,
  },
] as const;

/** Name of the file → its text. */
export function formatSchemas(): Map<string, string> {
  const texts = formats.map(({ file, title, description, schema }) => {
    const { $schema, ...rest } = z.toJSONSchema(schema);
    const content = { $schema, title, description, ...rest };
    return [file, `${JSON.stringify(content, undefined, 2)}\n`] as const;
  });
  return new Map(texts);
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of formatSchemas()) writeFileSync(join(folder, file), text);
}
