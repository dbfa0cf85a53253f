/**
 * A training state on disk: `state.safetensors` with values and both moments, `state.json` with the step and what the
 * state belongs to. The folder appears whole or not at all. Accumulated gradients are not part of it.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import type { Trainable } from "../optimizer/trainable.ts";
import { readTensor, singlesOf } from "../weights/safetensors.ts";
import { openSafetensors, type TensorEntry } from "../weights/safetensors-header.ts";
import { writeSafetensors } from "../weights/safetensors-writer.ts";
import { writeFolderWhole } from "../../formats/whole-write.ts";

const FORMAT = 1;

/** What a state belongs to; a state of something else is refused. */
export interface StateIdentity {
  /** "all weights" or the adapter's settings, as text. */
  readonly training: string;
  readonly base: string;
}

interface StateHeader extends StateIdentity {
  readonly format: number;
  readonly step: number;
}

const parts = [
  ["value", (t: Trainable) => t.values],
  ["first", (t: Trainable) => t.firstMoments],
  ["second", (t: Trainable) => t.secondMoments],
] as const;

/** @throws STEP_INCOMPLETE, DISK_FULL, WRITE_FAILED; then what was there before is still there */
export async function saveTrainingState(
  path: string,
  trainable: Trainable,
  identity: StateIdentity,
): Promise<void> {
  trainable.checkWhole("saveState");
  const header: StateHeader = { format: FORMAT, step: trainable.step, ...identity };
  const tensors = parts.map(([name, of]) => ({
    name,
    shape: [of(trainable).length],
    data: of(trainable),
  }));
  const fill = async (folder: string): Promise<void> => {
    await writeSafetensors(join(folder, "state.safetensors"), tensors);
    await writeFile(join(folder, "state.json"), `${JSON.stringify(header, null, 2)}\n`, {
      flush: true,
    });
  };
  await writeFolderWhole(path, fill, { replace: true });
}

/**
 * Reads a state into `trainable`; with `optimizer: false` only the values, and the step starts from 0.
 * @throws CHECKPOINT_DAMAGED, CHECKPOINT_MISMATCH, WEIGHTS_NOT_FINITE, SAFETENSORS_*; then nothing has changed
 */
export async function loadTrainingState(
  path: string,
  trainable: Trainable,
  identity: StateIdentity,
  options: { readonly optimizer: boolean },
): Promise<void> {
  const header = await readHeader(path);
  for (const key of ["training", "base"] as const) {
    if (header[key] !== identity[key]) {
      throw new HoneError("CHECKPOINT_MISMATCH", {
        path,
        what: key,
        expected: identity[key],
        got: header[key],
      });
    }
  }
  const { tensors } = await openSafetensors(join(path, "state.safetensors"));
  const entries = parts.map(([name, of]) => {
    const entry = tensors.get(name);
    const length = of(trainable).length;
    const isFlat = entry?.dtype === "F32" && entry.shape.length === 1;
    if (!isFlat || entry.shape[0] !== length) {
      throw new HoneError("CHECKPOINT_DAMAGED", {
        checkpoint: path,
        problem: `state.safetensors must hold the tensor "${name}" as F32 [${length}], but ${entry === undefined ? "has none of that name" : `has ${entry.dtype} [${entry.shape.join(", ")}]`}`,
      });
    }
    return { entry, into: of(trainable), isValue: name === "value" };
  });
  // Everything is checked before the first number changes: a refused state leaves the client unchanged.
  for (const { entry } of entries) await checkNumbers(entry, path);
  for (const { entry, into, isValue } of entries) {
    if (isValue || options.optimizer) await readTensor(entry, into);
    else into.fill(0);
  }
  trainable.zeroGradients();
  trainable.step = options.optimizer ? header.step : 0;
  trainable.isHalfStepped = false;
}

/** The second moment is a mean of squares; its root is taken. */
async function checkNumbers(entry: TensorEntry, path: string): Promise<void> {
  for await (const values of singlesOf(entry)) {
    if (entry.name === "second" && values.some((value) => value < 0)) {
      const problem = '"second" holds a negative number';
      throw new HoneError("CHECKPOINT_DAMAGED", { checkpoint: path, problem });
    }
  }
}

async function readHeader(path: string): Promise<StateHeader> {
  try {
    const header = JSON.parse(await readFile(join(path, "state.json"), "utf8")) as StateHeader;
    if (header.format !== FORMAT) {
      throw new HoneError("CHECKPOINT_DAMAGED", {
        checkpoint: path,
        problem: `its format is ${header.format}; this hone reads ${FORMAT}`,
      });
    }
    if (!Number.isSafeInteger(header.step) || header.step < 0) {
      throw new HoneError("CHECKPOINT_DAMAGED", {
        checkpoint: path,
        problem: `its step is ${header.step}, not a count`,
      });
    }
    return header;
  } catch (cause) {
    if (cause instanceof HoneError) throw cause;
    throw new HoneError(
      "CHECKPOINT_DAMAGED",
      { checkpoint: path, problem: "state.json is missing or damaged" },
      { cause },
    );
  }
}
