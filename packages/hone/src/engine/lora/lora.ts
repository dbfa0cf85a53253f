/**
 * Low-rank adapters (Hu et al. 2021, LoRA, arXiv:2106.09685).
 *
 *     y = x·Wᵀ + s · dropout(x)·Aᵀ·Bᵀ      A [r, in], B [out, r], s = alpha / r   (rsLoRA, arXiv:2312.03732: alpha / √r)
 *
 * B is 0 at the start, so a fresh adapter changes nothing; A is uniform in ±√(1/in) (Kaiming with a = √5, as PEFT does).
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random } from "../../core/random.ts";
import {
  type Architecture,
  type LinearModule,
  linearModules,
  modulePath,
  moduleShape,
} from "../models/architecture.ts";

/** Settings of a low-rank adapter, which adds alpha / rank · B·A to the weights of linear layers. */
export interface LoraOptions {
  /** The inner dimension of A [rank, in] and B [out, rank]. Default 8. */
  readonly rank?: number;
  /** The adapter is scaled by alpha / rank. Default 16. */
  readonly alpha?: number;
  /** Share of an adapter's inputs that is dropped in training, 0 to below 1. Default 0. */
  readonly dropout?: number;
  /** Linear layers that get an adapter, in every decoder layer. Default q_proj and v_proj. */
  readonly targetModules?: readonly LinearModule[];
  /** Scale by alpha / √rank instead (rsLoRA, arXiv:2312.03732). Default false. */
  readonly rankStabilized?: boolean;
}

/** Settings of an adapter with every default in place. */
export type LoraConfig = Required<LoraOptions>;

const optionNames: OptionNames<LoraOptions> = {
  rank: true,
  alpha: true,
  dropout: true,
  targetModules: true,
  rankStabilized: true,
};

/** Options with their defaults. @throws OPTION_INVALID */
export function loraConfig(options: LoraOptions): LoraConfig {
  checkOptions("lora", options, optionNames);
  const config: LoraConfig = {
    rank: 8,
    alpha: 16,
    dropout: 0,
    targetModules: ["q_proj", "v_proj"],
    rankStabilized: false,
    ...options,
  };
  const check = optionChecks("lora");
  check.whole("rank", config.rank, { min: 1 });
  check.number("alpha", config.alpha, { above: 0 });
  check.number("dropout", config.dropout, { min: 0, below: 1 });
  check.flag("rankStabilized", config.rankStabilized);
  for (const module of check.list("targetModules", config.targetModules))
    check.oneOf("targetModules", module, linearModules);
  return config;
}

/** s of the formula above. */
export function loraScale(config: LoraConfig): number {
  return config.alpha / (config.rankStabilized ? Math.sqrt(config.rank) : config.rank);
}

/** Names of an adapter's two matrices on a layer: "model.layers.0.self_attn.q_proj.lora_A.weight". */
export function loraNames(path: string): { readonly a: string; readonly b: string } {
  return { a: `${path}.lora_A.weight`, b: `${path}.lora_B.weight` };
}

/** Every adapter matrix with its shape, in the order of the layers. */
export function loraShapes(
  architecture: Architecture,
  config: LoraConfig,
): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (let layer = 0; layer < architecture.layerCount; layer++) {
    for (const module of linearModules.filter((name) => config.targetModules.includes(name))) {
      const [rows, columns] = moduleShape(architecture, module);
      const names = loraNames(modulePath(layer, module));
      shapes.set(names.a, [config.rank, columns]);
      shapes.set(names.b, [rows, config.rank]);
    }
  }
  return shapes;
}

/** Fills a fresh adapter matrix. */
export function initializeLora(
  name: string,
  values: Float32Array,
  columns: number,
  seed: number,
): void {
  if (name.endsWith(".lora_B.weight")) {
    values.fill(0);
    return;
  }
  const bound = Math.sqrt(1 / columns);
  const random = new Random(seed, name);
  for (let i = 0; i < values.length; i++) values[i] = (2 * random.uniform() - 1) * bound;
}
