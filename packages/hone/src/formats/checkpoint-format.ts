/** A checkpoint's `manifest.json`, and the pointers `latest.json` and `best.json` beside the checkpoints. */
import { z } from "zod";
import { anyNumber, defineFormat, timestamp } from "./format.ts";

/** A folder's plain name: it can never lead out of the folder it is in. */
const folderName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

const file = z.strictObject({
  /** Relative to the checkpoint, with "/" between folders. */
  path: z
    .string()
    .refine((path) => !/^\/|\\|:|(^|\/)\.\.?(\/|$)/.test(path), "leads out of the checkpoint"),
  bytes: z.int().nonnegative(),
  /** SHA-256, hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const manifest = z.strictObject({
  name: folderName,
  /** Counts the saves of a run from 1; the higher of two is the later. */
  sequence: z.int().positive(),
  section: z.string(),
  step: z.int().nonnegative(),
  savedAt: timestamp,
  /** What "best" is decided by: the higher the better. */
  score: z.strictObject({ metric: z.string(), value: anyNumber }).optional(),
  files: z.array(file),
  /** Length in bytes of each log of the run when the checkpoint was saved; a resume cuts them back to it. */
  logs: z.record(z.string(), z.int().nonnegative()),
  /** What the run itself needs to go on. */
  state: z.record(z.string(), z.unknown()),
});
export type CheckpointManifest = z.infer<typeof manifest>;
export const checkpointFormat = defineFormat("hone.checkpoint", 1, manifest);

const pointer = z.strictObject({
  checkpoint: folderName,
  score: z.strictObject({ metric: z.string(), value: anyNumber }).optional(),
});
export type CheckpointPointer = z.infer<typeof pointer>;
export const pointerFormat = defineFormat("hone.checkpoint-pointer", 1, pointer);
