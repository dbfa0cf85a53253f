/** docs/formats/*.schema.json from the schemas of the code: `npm run docs`. A test keeps them current. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatSchemas } from "../packages/hone/src/formats/json-schemas.ts";

const folder = join(import.meta.dirname, "../docs/formats");

mkdirSync(folder, { recursive: true });
for (const [file, text] of formatSchemas()) writeFileSync(join(folder, file), text);
