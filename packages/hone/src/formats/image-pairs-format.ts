/** Images with the words around them, format hone.image-pairs: what `hone extract` writes and image search reads. */
import { z } from "zod";
import { confidenceBands, type ImagePair, imageTypes } from "../core/image-pair.ts";
import { defineFormat, readFormat, writeFormat } from "./format.ts";

const pair = z.strictObject({
  url: z.string().min(1),
  file: z.string().optional(),
  alt: z.string(),
  title: z.string().optional(),
  caption: z.string().optional(),
  headings: z.array(z.string()),
  before: z.string(),
  after: z.string(),
  source: z.string(),
  line: z.int().min(1),
  type: z.enum(imageTypes),
  confidence: z.number().min(0).max(1),
  band: z.enum(confidenceBands),
});

const counts = z.record(z.string(), z.int().min(0));

/** The schema of a file of pairs. */
export const imagePairsSchema = z.strictObject({
  generated_at: z.iso.datetime(),
  config: z.record(z.string(), z.unknown()),
  stats: z.strictObject({
    files: z.int().min(0),
    files_too_large: z.int().min(0),
    files_not_utf8: z.int().min(0),
    lines_too_long: z.int().min(0),
    images: z.int().min(0),
    kept: z.int().min(0),
    excluded: counts,
    bands: counts,
    types: counts,
    crawl: z.record(z.string(), z.unknown()).optional(),
  }),
  pairs: z.array(pair),
});

export const imagePairsFormat = defineFormat("hone.image-pairs", 1, imagePairsSchema);

/** What a file of pairs holds. */
export type ImagePairsFile = z.infer<typeof imagePairsSchema>;

/** The text of a file of pairs. */
export const writeImagePairs = (content: ImagePairsFile): string =>
  writeFormat(imagePairsFormat, content);

/**
 * The pairs of a file's text.
 * @param file  path of the file, for errors
 * @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION
 */
export const readImagePairs = (content: string, file: string): readonly ImagePair[] =>
  readFormat(imagePairsFormat, content, file).pairs as readonly ImagePair[];
