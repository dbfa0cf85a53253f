/** How many parameters a model has, and how many of them were trained. */
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { openSafetensors } from "../../engine/weights/safetensors-header.ts";
import { adapterFiles, type FoundModel } from "./find-model.ts";

/** Parameters of a model. */
export interface ParameterCounts {
  /** All of them; those of an adapter belong to it. */
  readonly total: number;
  /** Those that were trained: an adapter's, or all of a run that trained all weights. Undefined where nothing says it. */
  readonly trained: number | undefined;
}

/** Counts the parameters of a model that was found and opened. @throws FILE_DAMAGED and the like for an adapter's file */
export async function countParameters(
  found: FoundModel,
  { parameterCount }: Pick<Engine, "parameterCount">,
): Promise<ParameterCounts> {
  const one = adapterFiles(found);
  const adapters = found.team ? Object.values(found.team.folders) : one === undefined ? [] : [one];
  if (adapters.length === 0) {
    const isKnown = found.run !== undefined && found.isCopy !== true;
    return { total: parameterCount, trained: isKnown ? parameterCount : undefined };
  }
  const counts = await Promise.all(adapters.map(numbersIn));
  const trained = counts.reduce((a, b) => a + b, 0);
  return { total: parameterCount + trained, trained };
}

/** How many numbers an adapter's folder holds. */
async function numbersIn(adapter: string): Promise<number> {
  const { tensors } = await openSafetensors(join(adapter, "adapter_model.safetensors"));
  const counts = [...tensors.values()].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  return counts.reduce((a, b) => a + b, 0);
}
