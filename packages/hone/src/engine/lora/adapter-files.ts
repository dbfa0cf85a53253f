/** Adapters between PEFT's files and our trainable parameters. */
import { HoneError } from "../../core/errors.ts";
import {
  type Architecture,
  type LinearModule,
  linearModules,
  modulePath,
  moduleShape,
} from "../models/architecture.ts";
import type { AdapterFiles } from "../weights/peft.ts";
import { type LoraConfig, loraConfig, loraNames } from "./lora.ts";

/** The settings of an adapter read from disk, checked against the base model. */
export function adapterConfig(
  architecture: Architecture,
  files: AdapterFiles,
  folder: string,
): LoraConfig {
  const misfit = (problem: string): never => {
    throw new HoneError("ADAPTER_NOT_FITTING", { folder, problem });
  };
  const layers = Array.from({ length: architecture.layerCount }, (_, layer) => layer);
  const known = new Map(
    layers.flatMap((layer) =>
      linearModules.map((module) => [modulePath(layer, module), module] as const),
    ),
  );
  for (const [path, { inputs, outputs }] of files.tensors) {
    const module =
      known.get(path) ?? misfit(`it adapts ${path}, which the base model does not have`);
    const [rows, columns] = moduleShape(architecture, module);
    if (rows !== outputs || columns !== inputs) {
      misfit(`${path} is ${outputs} × ${inputs} there and ${rows} × ${columns} in the base model`);
    }
  }
  const targetModules = linearModules.filter((module) =>
    layers.some((layer) => files.tensors.has(modulePath(layer, module))),
  );
  for (const layer of layers) {
    for (const module of targetModules) {
      const path = modulePath(layer, module);
      if (!files.tensors.has(path))
        throw new HoneError("ADAPTER_INVALID", {
          folder,
          problem: `it lacks ${path}, and hone adapts a module in all layers or in none`,
        });
    }
  }
  checkTargets(files, { folder, known, targetModules });
  return loraConfig({
    rank: files.rank,
    alpha: files.alpha,
    dropout: files.dropout,
    rankStabilized: files.useRslora,
    targetModules,
  });
}

/**
 * What adapter_config.json lists and the model has must be there: a layer without matrices would be left as it was.
 * @throws ADAPTER_INVALID
 */
function checkTargets(
  files: AdapterFiles,
  {
    folder,
    known,
    targetModules,
  }: {
    readonly folder: string;
    readonly known: ReadonlyMap<string, LinearModule>;
    readonly targetModules: readonly LinearModule[];
  },
): void {
  for (const target of files.targetModules) {
    const module = linearModules.find((name) => name === target) ?? known.get(target);
    if (module === undefined || targetModules.includes(module)) continue;
    const problem = `adapter_config.json lists ${target} among its target_modules, and its weights hold nothing for it`;
    throw new HoneError("ADAPTER_INVALID", { folder, problem });
  }
}

/**
 * Refuses an adapter that says it was trained on other weights; one that says nothing (PEFT's own) passes.
 * @throws ADAPTER_BASE_MISMATCH naming both
 */
export function checkAdapterBase(
  { baseFingerprint, baseModel }: AdapterFiles,
  folder: string,
  base: { readonly path: string; readonly fingerprint: string },
): void {
  if (baseFingerprint === undefined || baseFingerprint === base.fingerprint) return;
  throw new HoneError("ADAPTER_BASE_MISMATCH", {
    folder,
    trainedOn: baseModel ?? "another base",
    expected: baseFingerprint,
    base: base.path,
    got: base.fingerprint,
  });
}

/** Copies an adapter's matrices to where `into` says they live. */
export function copyAdapter(files: AdapterFiles, into: (name: string) => Float32Array): void {
  for (const [path, { a, b }] of files.tensors) {
    const names = loraNames(path);
    into(names.a).set(a);
    into(names.b).set(b);
  }
}

/** An adapter as PEFT's files hold it. */
export function toAdapterFiles(
  architecture: Architecture,
  config: LoraConfig,
  weight: (name: string) => Float32Array,
  base: { readonly path: string; readonly fingerprint: string },
): AdapterFiles {
  const tensors = new Map<
    string,
    { inputs: number; outputs: number; a: Float32Array; b: Float32Array }
  >();
  for (let layer = 0; layer < architecture.layerCount; layer++) {
    for (const module of config.targetModules) {
      const path = modulePath(layer, module);
      const names = loraNames(path);
      const [outputs, inputs] = moduleShape(architecture, module);
      tensors.set(path, { inputs, outputs, a: weight(names.a), b: weight(names.b) });
    }
  }
  const { rank, alpha, dropout, rankStabilized, targetModules } = config;
  return {
    rank,
    alpha,
    dropout,
    targetModules,
    useRslora: rankStabilized,
    baseModel: base.path,
    baseFingerprint: base.fingerprint,
    tensors,
  };
}
