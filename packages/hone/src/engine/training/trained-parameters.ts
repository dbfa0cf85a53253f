/** Which parameters a client trains, what they start as, and what a saved state of them belongs to. */
import { randomBits } from "../../core/random.ts";
import { initializeLora, type LoraConfig, loraShapes } from "../lora/lora.ts";
import { type Head, valueHeadName } from "../models/heads.ts";
import type { Trainable } from "../optimizer/trainable.ts";
import type { BaseModel } from "../weights/base-model.ts";
import type { StateIdentity } from "./state-file.ts";

/** What is trained: an adapter, or every weight where `lora` is undefined; with a value head also that. */
export interface TrainedPart {
  readonly lora: LoraConfig | undefined;
  readonly head: Head;
}

/** Names and shapes of the trained parameters. A critic's logits are never computed, so it has no lm_head. */
export function trainedShapes(
  base: BaseModel,
  { lora, head }: TrainedPart,
): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map(lora === undefined ? base.shapes : loraShapes(base.architecture, lora));
  if (head === "value") {
    shapes.set(valueHeadName, [1, base.architecture.width]);
    shapes.delete("lm_head.weight");
  }
  return shapes;
}

/** Fills the values: the base's weights, or a fresh adapter of this seed; a value head starts at 0. */
export function initializeTrained(
  trainable: Trainable,
  base: BaseModel,
  { lora, seed }: Pick<TrainedPart, "lora"> & { readonly seed: number },
): void {
  for (const [name, { value, shape }] of trainable.views) {
    if (name === valueHeadName) value.fill(0);
    else if (lora === undefined) value.set(base.weights.get(name)!);
    else initializeLora(name, value, shape[1]!, seed);
  }
}

/** What a state of these parameters can be loaded into again. */
export function trainedIdentity(
  trainable: Trainable,
  base: BaseModel,
  { lora, head }: TrainedPart,
): StateIdentity {
  // All weights replace the base's, so only their shapes tell models apart.
  const shapes = JSON.stringify([...trainable.views].map(([name, view]) => [name, view.shape]));
  return {
    training: JSON.stringify({ head, lora: lora ?? "all weights" }),
    base: lora === undefined ? String(randomBits(shapes)) : base.fingerprint,
  };
}
