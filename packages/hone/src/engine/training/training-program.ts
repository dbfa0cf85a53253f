/** The programs of training: log-probs alone, or the loss with every trained parameter's gradient added up. */
import type { KlEstimator, LossName } from "../../ports/training-client.ts";
import { gradient } from "../../tensor/gradient.ts";
import { input } from "../../tensor/ops/sources.ts";
import type { Tensor } from "../../tensor/call.ts";
import { type Program, program } from "../../tensor/program.ts";
import type { LoraConfig } from "../lora/lora.ts";
import type { Architecture } from "../models/architecture.ts";
import type { Head } from "../models/heads.ts";
import { weightInputs } from "../models/program-inputs.ts";
import { type ForwardOptions, forwardPass } from "./forward.ts";
import { type Column, lossExpression, type Setting } from "./losses.ts";

export interface ProgramKey {
  /** Absent: no loss, log-probs (or values) only. */
  readonly loss: LossName | undefined;
  readonly kl: KlEstimator | undefined;
  readonly hasTemperature: boolean;
  readonly hasBounds: boolean;
  readonly hasDropout: boolean;
  readonly hasChunks: boolean;
  readonly hasDistinctPlaces: boolean;
  readonly hasPrefixes: boolean;
}

export interface ModelParts {
  readonly architecture: Architecture;
  readonly lora: LoraConfig | undefined;
  readonly head: Head;
  /** Shapes of everything a program may read as a weight. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Names of the trained ones. */
  readonly trained: ReadonlySet<string>;
  readonly recompute: boolean;
}

export interface TrainingProgram {
  readonly program: Program;
  readonly columns: readonly Column[];
  readonly settings: readonly Setting[];
  /** Trained parameters that this program has gradients for. */
  readonly trained: readonly string[];
}

/** Names of a parameter's accumulator input and gradient output; both are bound to one buffer. */
export const accumulatorName = (name: string): string => `sum:${name}`;
export const gradientName = (name: string): string => `gradient:${name}`;

export function trainingProgram(parts: ModelParts, key: ProgramKey): TrainingProgram {
  const { weight, names } = weightInputs(parts.shapes);
  const options: ForwardOptions = { ...parts, ...key, weight };
  const { result, boundaries } = forwardPass(options);
  if (key.loss === undefined) {
    return {
      program: program("forward", { log_probs: result }),
      columns: [],
      settings: [],
      trained: [],
    };
  }
  const { loss, columns, settings } = lossExpression(result, key.loss, key.kl);
  const trained = names().filter((name) => parts.trained.has(name));
  const wrt = trained.map(weight);
  const accumulators = new Map(
    trained.map((name) => [
      weight(name),
      input(accumulatorName(name), "f32", parts.shapes.get(name)!),
    ]),
  );
  const checkpoints = parts.recompute ? boundaries : [];
  const gradients = gradient([{ output: loss }], wrt, { accumulators, checkpoints });
  const outputs: Record<string, Tensor> = { loss, log_probs: result };
  trained.forEach((name, i) => (outputs[gradientName(name)] = gradients[i]!));
  return { program: program(`train ${key.loss}`, outputs), columns, settings, trained };
}
