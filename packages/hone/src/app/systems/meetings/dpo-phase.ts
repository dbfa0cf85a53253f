/** Phase 3: DPO on the pairs of phase 2, beside the model of phase 1 as the reference. Measured as the agent on held-out meetings. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { dpo } from "../../../algorithms/preferences/dpo.ts";
import { HoneError } from "../../../core/errors.ts";
import { readPairs } from "../../../data/preference-files.ts";
import { runPipeline } from "../../training/pipeline.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import { heldOutMeetings, pipelineOf, tried } from "./meeting-work.ts";
import { readStatistics } from "./traces-phase.ts";
import { shortPath } from "../../training/run-figures.ts";
import { trainedBy } from "./resolved-settings.ts";
import type { PhaseOptions } from "./sft-phase.ts";

/** Phase 3 as a stream of events. @throws as `runPipeline`; MEETING_PAIRS_ABSENT where phase 2 made no pair */
export async function* dpoPhase(options: PhaseOptions): AsyncGenerator<PipelineEvent, void> {
  const { settings, config, paths, signal } = options;
  const absent = await pairsAbsent(options);
  if (absent !== undefined) throw absent;
  const { examples, digest } = await readPairs(paths.pairs);
  const {
    beta,
    dpoSteps: steps,
    dpoBatchSize: batchSize,
    dpoLearningRate: learningRate,
  } = settings;
  const isResumed = existsSync(join(paths.dpoRun, "run.json"));
  yield* runPipeline({
    name: "meetings-dpo",
    config: { ...config, pairsDigest: digest },
    ...(isResumed ? { resume: paths.dpoRun } : { out: paths.dpoRun }),
    prepareModel: async () => paths.sftModel,
    training: { ...trainedBy("dpo", settings), seed: settings.seed },
    phases: [
      {
        name: "dpo",
        algorithm: dpo({
          pairs: examples.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected })),
          ...{ beta, steps, batchSize, learningRate },
          epochs: Math.ceil((steps * batchSize) / examples.length) + 1,
          schedule: "linear",
          warmUpSteps: Math.min(5, Math.floor(steps / 5)),
          finalShare: 0.1,
          adam: { beta2: 0.95, weightDecay: settings.weightDecay },
        }),
        source: { kind: "dataset" },
      },
    ],
    heldOut: tried(heldOutMeetings(settings), settings, "tools"),
    ...pipelineOf(settings),
    notes: [`${examples.length} pairs to learn from, ${settings.testRows} held-out meetings`],
    signal,
  });
}

/** What is wrong with a phase 2 that made no pair; undefined where it made one, or is not done. */
export async function pairsAbsent({
  settings: { minMargin },
  paths,
}: Pick<PhaseOptions, "settings" | "paths">): Promise<HoneError | undefined> {
  const statistics = await readStatistics(paths);
  if (statistics === undefined || statistics.pairs > 0) return undefined;
  const { trajectories, invalid, largestMargin } = statistics;
  const folder = shortPath(paths.folder);
  const facts = { folder, trajectories, invalid, minMargin, largestMargin };
  return new HoneError("MEETING_PAIRS_ABSENT", facts);
}
