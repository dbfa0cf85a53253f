/** The entrance `hone-rl/engine`: a model folder opened in one call, with training and sampling clients on it. */
export { openEngine, type Engine, type EngineOptions } from "./engine/engine.ts";
export type {
  EngineTrainingClient,
  TrainingClientOptions,
} from "./engine/clients/training-client.ts";
export type { LoraConfig, LoraOptions } from "./engine/lora/lora.ts";
export type { Architecture } from "./engine/models/architecture.ts";
export { resolveModel } from "./engine/hub/resolve-model.ts";
