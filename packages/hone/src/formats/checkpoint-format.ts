/** The formats of a checkpoint's `manifest.json` and of `latest.json` and `best.json`, which name a checkpoint. */
import { z } from "zod";
import { defineFormat } from "./format.ts";
import { anyNumber, timestamp } from "./schema-parts.ts";

/** The name of a folder without any path, so that it cannot lead out of the folder around it. */
const folderName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

const file = z.strictObject({
  /** Path of the file relative to the checkpoint, with "/" between folders. */
  path: z
    .string()
    .refine((path) => !/^\/|\\|:|(^|\/)\.\.?(\/|$)/.test(path), "leads out of the checkpoint"),
  bytes: z.int().nonnegative(),
  /** SHA-256, hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const manifest = z.strictObject({
  name: folderName,
  /** Number of the save within its run, from 1. */
  sequence: z.int().positive(),
  section: z.string(),
  step: z.int().nonnegative(),
  savedAt: timestamp,
  /** The score by which the best checkpoint is chosen; higher is better. */
  score: z.strictObject({ metric: z.string(), value: anyNumber }).optional(),
  files: z.array(file),
  /** Length of each log of the run in bytes when the checkpoint was saved; a resume cuts the logs to it. */
  logs: z.record(z.string(), z.int().nonnegative()),
  /** State that the run needs to resume. */
  state: z.record(z.string(), z.unknown()),
});
/** The content of a checkpoint's `manifest.json`. */
export type CheckpointManifest = z.infer<typeof manifest>;
/** The format of a checkpoint's `manifest.json`. */
export const checkpointFormat = defineFormat("hone.checkpoint", 1, manifest);

const pointer = z.strictObject({
  checkpoint: folderName,
  score: z.strictObject({ metric: z.string(), value: anyNumber }).optional(),
});
/** The content of `latest.json` and `best.json`. */
export type CheckpointPointer = z.infer<typeof pointer>;
/** The format of `latest.json` and `best.json`. */
export const pointerFormat = defineFormat("hone.checkpoint-pointer", 1, pointer);
