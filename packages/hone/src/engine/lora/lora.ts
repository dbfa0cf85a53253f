/**
 * Low-rank adapters (Hu et al. 2021, LoRA, arXiv:2106.09685).
 *
 *     y = x·Wᵀ + s · dropout(x)·Aᵀ·Bᵀ      A [r, in], B [out, r], s = alpha / r   (rsLoRA, arXiv:2312.03732: alpha / √r)
 *
 * B is 0 at the start, so a fresh adapter changes nothing; A is uniform in ±√(1/in) (Kaiming with a = √5, as PEFT does).
 */
import { HoneError } from "../../core/errors.ts";
import { Random } from "../../core/random.ts";
import {
  type Architecture,
  type LinearModule,
  linearModules,
  modulePath,
  moduleShape,
} from "../models/architecture.ts";

export interface LoraOptions {
  /** r. Default 8. */
  readonly rank?: number;
  /** Default 16. */
  readonly alpha?: number;
  /** Share of an adapter's inputs dropped in training. Default 0. */
  readonly dropout?: number;
  /** Linear layers that get an adapter. Default q_proj and v_proj. */
  readonly targetModules?: readonly LinearModule[];
  /** Scale by alpha / √r. Default false. */
  readonly rankStabilized?: boolean;
}

export type LoraConfig = Required<LoraOptions>;

/** Options with their defaults, checked. */
export function loraConfig(options: LoraOptions): LoraConfig {
  const config = {
    rank: 8,
    alpha: 16,
    dropout: 0,
    targetModules: ["q_proj", "v_proj"] as const,
    rankStabilized: false,
    ...options,
  };
  const fail = (option: string, got: unknown, expected: string): never => {
    throw new HoneError("OPTION_INVALID", { where: "lora", option, got: String(got), expected });
  };
  if (!Number.isInteger(config.rank) || config.rank < 1)
    fail("rank", config.rank, "a whole number from 1");
  if (!(config.alpha > 0)) fail("alpha", config.alpha, "a positive number");
  if (!(config.dropout >= 0 && config.dropout < 1))
    fail("dropout", config.dropout, "at least 0 and below 1");
  if (config.targetModules.length === 0)
    fail("targetModules", "[]", `at least one of ${linearModules.join(", ")}`);
  for (const module of config.targetModules) {
    if (!linearModules.includes(module))
      fail("targetModules", module, `of ${linearModules.join(", ")}`);
  }
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
