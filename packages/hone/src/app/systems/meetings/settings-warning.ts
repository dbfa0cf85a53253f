/** The warnings of a run: settings outside of the ranges in which pretrained models are usually trained, and those of its trainings. */
import { joinedWarnings, type RunWarning } from "../../training/run-warnings.ts";
import { flagOf } from "../../training/setting-rules.ts";
import { isFromNothing, type ResolvedMeetings } from "./resolved-settings.ts";

/** Least and greatest usual values. Of a model from nothing they say nothing: it has rates of its own. */
const usual = {
  rank: [8, 16],
  dropout: [0.1, 0.15],
  sftEpochs: [1, 30],
  sftLearningRate: [1e-5, 1e-3],
  weightDecay: [0.01, 0.1],
  beta: [0.1, 0.5],
  dpoLearningRate: [1e-6, 1e-4],
  dpoSteps: [20, 100],
} as const satisfies Partial<Record<keyof ResolvedMeetings, readonly [number, number]>>;

/** A warning that names the settings of a pretrained model that are outside; undefined where there is none. */
export function settingsWarning(
  settings: ResolvedMeetings,
): { readonly code: string; readonly text: string } | undefined {
  if (isFromNothing(settings)) return undefined;
  const outside = Object.entries(usual).flatMap(([key, [least, most]]) => {
    const value = settings[key as keyof typeof usual];
    const isUsual = value === undefined || (value >= least && value <= most);
    return isUsual ? [] : [`${flagOf(key)} ${value} (${least} to ${most})`];
  });
  const { rank, alpha } = settings;
  if (alpha !== 2 * rank) outside.push(`--alpha ${alpha} (${2 * rank}, twice the rank)`);
  if (outside.length === 0) return undefined;
  const text = `outside of what is usual for a pretrained model here: ${outside.join(", ")}`;
  return { code: "SETTINGS_UNUSUAL", text };
}

/** All warnings of a run by their codes: of its settings, and of the trainings that are done. */
export function meetingWarnings(
  settings: ResolvedMeetings,
  trainings: readonly { readonly warnings: readonly RunWarning[] }[],
): readonly RunWarning[] {
  const unusual = settingsWarning(settings);
  const own =
    unusual === undefined ? [] : [{ code: unusual.code, count: 1, texts: [unusual.text] }];
  return joinedWarnings([...own, ...trainings.flatMap(({ warnings }) => warnings)]);
}
