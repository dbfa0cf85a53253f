/** What tests open a trainer with, unless they say otherwise: every weight trained, in microbatches by the model's size. */
import type { TrainerOptions } from "./trainer.ts";

export const everyWeight: TrainerOptions = {
  lora: undefined,
  head: "lm",
  recompute: false,
  seed: 0,
  tokensPerMicrobatch: undefined,
  memoryLimit: undefined,
};
