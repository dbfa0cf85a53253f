/** The defaults of `hone run meetings` that depend on the model: from nothing it learns at rates that would ruin a pretrained one. */
import { linearModules } from "../../../engine/models/architecture.ts";
import { DEFAULT_DEADLINE } from "../../training/deadline.ts";

/** Settings whose default depends on the model. */
export interface DefaultsOfModel {
  readonly trainRows: number;
  readonly explorerEpisodes: number;
  readonly sftSteps: number | undefined;
  readonly sftEpochs: number | undefined;
  readonly sftBatchSize: number;
  readonly sftLearningRate: number;
  readonly weightDecay: number;
  readonly testRows: number;
  readonly scenarios: number;
  readonly dpoBatchSize: number;
  readonly dpoSteps: number;
  readonly dpoLearningRate: number;
  readonly dropout: number;
  readonly maxTokens: number;
  /** In seconds. */
  readonly deadline: number;
}

/** Of a model made from nothing. */
const fromNothing: DefaultsOfModel = {
  trainRows: 6000,
  explorerEpisodes: 12_000,
  sftSteps: 2200,
  sftEpochs: undefined,
  sftBatchSize: 32,
  sftLearningRate: 3e-3,
  weightDecay: 0,
  testRows: 400,
  scenarios: 300,
  dpoBatchSize: 16,
  dpoSteps: 60,
  dpoLearningRate: 2e-4,
  dropout: 0,
  maxTokens: 48,
  deadline: DEFAULT_DEADLINE,
};

/** Of a pretrained model. A row takes hundreds of times as long (SmolLM2-135M: about 2 s of the processor), so that there are fewer. */
const pretrained: DefaultsOfModel = {
  trainRows: 100,
  explorerEpisodes: 200,
  sftSteps: undefined,
  sftEpochs: 2,
  sftBatchSize: 8,
  sftLearningRate: 5e-4,
  weightDecay: 0.01,
  testRows: 100,
  scenarios: 40,
  dpoBatchSize: 4,
  dpoSteps: 20,
  dpoLearningRate: 5e-5,
  dropout: 0.1,
  maxTokens: 24,
  deadline: 1800,
};

/** All defaults that depend on other settings. */
export const usualMeetings = ({
  isFromNothing,
  rank,
}: {
  readonly isFromNothing: boolean;
  readonly rank: number;
}) => ({
  ...(isFromNothing ? fromNothing : pretrained),
  weights: "adapter" as const,
  alpha: 2 * rank,
  targets: [...linearModules],
});

/** The default of a setting as help shows it: "32; pretrained: 8". @param none  what is said where a model has none */
export function defaultText(key: keyof DefaultsOfModel, none = "none"): string {
  const shown = (by: DefaultsOfModel): string => String(by[key] ?? none);
  const [first, second] = [shown(fromNothing), shown(pretrained)];
  return first === second ? first : `${first}; pretrained: ${second}`;
}
