/** What is measured, on which shapes, and what the ratio to PyTorch in f32 has to be. */

export interface ModelShape {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly feedForward: number;
}

/** A command as both sides read it; see peers/README.md. */
export type Command = Readonly<Record<string, unknown>> & { readonly work: string };

export interface Work {
  readonly name: string;
  readonly title: string;
  readonly shape: ModelShape;
  readonly command: Command;
  /** The command's dtype in the bf16 column: "amp" is autocast, "bf16" holds the weights so. Undefined: no such column. */
  readonly bf16: "amp" | "bf16" | undefined;
  /** Times are shown divided by this: 1, or decode steps. */
  readonly divisor: number;
  readonly unit: "step" | "token";
  /** Floating-point operations of the matrix products of one repetition; 0 where the share of the ceiling says nothing. */
  readonly operations: number;
  readonly warmUps: number;
  readonly repetitions: number;
  /** Whether another process keeps one core busy. */
  readonly isCoreBusy: boolean;
  /** Whether llama.cpp does it too. */
  readonly isBesideLlama: boolean;
  /** Against PyTorch in f32. */
  readonly required: { readonly speed: number; readonly aim: number; readonly memory: number };
}

const small: ModelShape = {
  vocabulary: 512,
  width: 128,
  layers: 4,
  heads: 4,
  keyValueHeads: 4,
  feedForward: 384,
};
const medium: ModelShape = {
  vocabulary: 2048,
  width: 256,
  layers: 6,
  heads: 8,
  keyValueHeads: 8,
  feedForward: 768,
};
export const smallGrouped: ModelShape = { ...small, keyValueHeads: 2 };
const mediumGrouped: ModelShape = { ...medium, keyValueHeads: 4 };
/** Qwen2.5-0.5B's. */
const half: ModelShape = {
  vocabulary: 151_936,
  width: 896,
  layers: 24,
  heads: 14,
  keyValueHeads: 2,
  feedForward: 4864,
};

/** 32 rows, 2,592 tokens. */
const mixedLengths = Array.from({ length: 32 }, (_, i) => 50 + 2 * i);

/** Numbers that take part in products with every token: all but the norms, the tied embedding once. */
function productSize(s: ModelShape): { readonly layers: number; readonly head: number } {
  const heads = s.width + (2 * s.width * s.keyValueHeads) / s.heads;
  const layer = s.width * heads + s.width * s.width + 3 * s.width * s.feedForward;
  return { layers: s.layers * layer, head: s.vocabulary * s.width };
}

/**
 * Operations of the products of a training step on `rows` rows of `length` tokens: 2 per weight and token forward, twice
 * that backward, or once where the weights are frozen; attention 4·width per pair of tokens forward (masked ones are
 * computed too).
 */
function trainingOperations(
  s: ModelShape,
  rows: number,
  length: number,
  isFrozen: boolean,
): number {
  const { layers, head } = productSize(s);
  const tokens = rows * length;
  const passes = isFrozen ? 2 : 3;
  return 2 * passes * tokens * (layers + head) + 3 * 4 * tokens * length * s.width * s.layers;
}

const train = (
  name: string,
  title: string,
  shape: ModelShape,
  batch: number,
  length: number,
): Work => ({
  name,
  title,
  shape,
  command: { work: "train", shape, batch, length },
  bf16: "amp",
  divisor: 1,
  unit: "step",
  operations: trainingOperations(shape, batch, length, false),
  warmUps: 3,
  repetitions: 15,
  isCoreBusy: false,
  isBesideLlama: false,
  required: { speed: 1.5, aim: 2.5, memory: 0.5 },
});

const sample = (
  name: string,
  title: string,
  shape: ModelShape,
  batch: number,
  tokens: number,
): Work => ({
  name,
  title,
  shape,
  command: { work: "sample", shape, batch, tokens },
  bf16: "bf16",
  divisor: tokens,
  unit: "token",
  operations: 0,
  warmUps: 2,
  repetitions: 7,
  isCoreBusy: false,
  isBesideLlama: false,
  required: { speed: 2, aim: 3, memory: 0.6 },
});

/** A whole step of a trainer. */
const step = (
  name: string,
  title: string,
  command: Omit<Command, "work"> & { readonly shape: ModelShape },
): Work => ({
  ...train(name, title, command.shape, 0, 0),
  command: { work: name, ...command },
  operations: 0,
  warmUps: 1,
  repetitions: 5,
  required: { speed: 1.8, aim: 2.5, memory: 0.5 },
});
const pairs = { shape: mediumGrouped, lengths: mixedLengths };
const sampled = { shape: smallGrouped, rollouts: 64, groupSize: 8, tokens: 64 };

const smallTraining = train("train-small", "train all, 0.92 M, 32 × 64", small, 32, 64);

export const works: readonly Work[] = [
  smallTraining,
  {
    ...smallTraining,
    name: "train-small-busy",
    title: "the same, another process busy on one core",
    isCoreBusy: true,
    required: { speed: 1, aim: 1.5, memory: 0.5 },
  },
  {
    ...train("train-medium", "train all, 5.6 M, 32 × 128", medium, 32, 128),
    repetitions: 9,
    required: { speed: 1.7, aim: 2.4, memory: 0.35 },
  },
  {
    ...sample("sample-small", "sample 32 × 128, 0.84 M", smallGrouped, 32, 128),
    required: { speed: 3, aim: 5, memory: 0.5 },
  },
  sample("sample-medium", "sample 32 × 128, 5.0 M", mediumGrouped, 32, 128),
  {
    ...sample("sample-long", "sample 64 × 512, 5.0 M", mediumGrouped, 64, 512),
    warmUps: 1,
    repetitions: 3,
  },
  {
    ...smallTraining,
    name: "grpo",
    title: "GRPO step, 64 rollouts × 64 tokens, 0.84 M",
    shape: smallGrouped,
    command: { work: "grpo", shape: smallGrouped, rollouts: 64, groupSize: 8, tokens: 64 },
    operations: 0,
    repetitions: 9,
    required: { speed: 2.5, aim: 5, memory: 0.5 },
  },
  {
    ...smallTraining,
    name: "sft",
    title: "SFT step, 32 rows of 50 to 112 tokens, 0.84 M",
    shape: smallGrouped,
    command: { work: "sft", shape: smallGrouped, lengths: mixedLengths },
    operations: 0,
    required: { speed: 2.5, aim: 4, memory: 0.5 },
  },
  step("dpo", "DPO step, 32 pairs of 50 to 112 tokens a side, 5.0 M", pairs),
  step("kto", "KTO step, 32 answers of 50 to 112 tokens, 5.0 M", pairs),
  step("rloo", "RLOO step, 64 rollouts × 64 tokens, 0.84 M", sampled),
  {
    ...step("ppo", "PPO step, 64 rollouts × 64 tokens, 4 passes, 0.84 M", sampled),
    bf16: undefined,
  },
  {
    ...train("lora", "LoRA r 8 (q, v), Qwen2.5-0.5B's shape, 4 × 256", half, 4, 256),
    command: {
      work: "lora",
      shape: half,
      batch: 4,
      length: 256,
      rank: 8,
      targets: ["q_proj", "v_proj"],
    },
    bf16: "bf16",
    operations: trainingOperations(half, 4, 256, true),
    warmUps: 1,
    repetitions: 3,
    required: { speed: 2.4, aim: 3, memory: 0.45 },
  },
  {
    ...sample("decode-1", "decode on that shape, 1 sequence", half, 1, 32),
    isBesideLlama: true,
    warmUps: 1,
    repetitions: 3,
    required: { speed: 2, aim: 2.8, memory: 1.2 },
  },
  {
    ...sample("decode-8", "decode on that shape, 8 sequences", half, 8, 32),
    isBesideLlama: true,
    warmUps: 1,
    repetitions: 3,
    required: { speed: 2, aim: 2.8, memory: 1.2 },
  },
];

/** The product whose rate is the ceiling: x·wᵀ, 1024 × 896 × 4864. */
export const ceiling: Command = {
  work: "product",
  rows: 1024,
  inner: 896,
  columns: 4864,
  repeats: 5,
};
