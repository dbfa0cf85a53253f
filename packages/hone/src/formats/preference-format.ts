/** Preference pairs as JSON Lines, format hone.preferences: a header, then one pair a line. */
import { z } from "zod";
import type { PreferencePair } from "../core/preference.ts";
import { defineFormat, readRows, writeHeader, writeRow } from "./format.ts";
import { message } from "./span-format.ts";

export const preferenceSchema = z.strictObject({
  prompt: z.array(message),
  chosen: z.array(message).min(1),
  rejected: z.array(message).min(1),
  source: z.enum(["comparison", "correction", "rating", "judge"]),
  task: z.string(),
  chosenTrace: z.string().optional(),
  rejectedTrace: z.string(),
  authors: z.array(z.string()),
  at: z.number(),
  margin: z.number(),
});

export const preferenceFormat = defineFormat("hone.preferences", 1, preferenceSchema);

/** The text of a file of preference pairs. */
export const writePreferences = (pairs: readonly PreferencePair[]): string =>
  writeHeader(preferenceFormat) + pairs.map(writeRow).join("");

/**
 * Reads the text of a file of preference pairs.
 *
 * @param file  path of the file, for errors
 * @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION
 * @example const pairs = readPreferences(await readFile(path, "utf8"), path);
 */
export const readPreferences = (content: string, file: string): PreferencePair[] =>
  readRows(preferenceFormat, content, file) as PreferencePair[];
