/**
 * A spool: batches of heads and spans that a process wrote into a file because it ended before its store took them.
 * JSON Lines. When the store is next opened, each row is appended to it and the file is deleted.
 */
import { z } from "zod";
import { isObject } from "../core/json.ts";
import type { Span } from "../core/span.ts";
import type { TraceHead } from "../core/trace.ts";
import { defineFormat } from "./format.ts";
import { spoolHeader } from "./spool-names.ts";

const hasId = (value: unknown): boolean => isObject(value) && typeof value["id"] === "string";

// The store checks the rest of every head and span when it takes them.
const row = z.strictObject({
  heads: z.array(z.custom<TraceHead>(hasId)),
  spans: z.array(z.custom<Span>(hasId)),
});

export const spoolFormat = defineFormat(spoolHeader.name, spoolHeader.version, row);
