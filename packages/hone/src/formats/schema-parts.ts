/** Schemas of values that several formats hold. */
import { z } from "zod";

/**
 * A number in a file. JSON has no NaN and no infinities, so they are written as texts.
 *
 * The type is written out because the inferred one has a key `[-Infinity]`, which declaration files cannot hold.
 */
export const anyNumber: z.ZodType<number, number | "NaN" | "Infinity" | "-Infinity"> = z.union([
  z.number(),
  z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number),
]);

/** A point in time, ISO 8601 in UTC. */
export const timestamp = z.iso.datetime();
