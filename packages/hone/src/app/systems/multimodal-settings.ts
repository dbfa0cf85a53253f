/** The settings of `hone run multimodal`: those of every domain of actions, and which documents are asked about. Read without loading what runs it. */
import { z } from "zod";
import { judgeBudgetSetting, judgeSetting } from "../training/source-settings.ts";
import { type SettingsOf, settingKinds, type SettingsTable } from "../training/setting-kinds.ts";
import { actionRecipes } from "./action-recipes.ts";
import { actionSettings } from "./action-settings.ts";

const { number, optionalText, optionalWhole, optionalYes } = settingKinds;

/** What a judge can be told to score by. */
export const replyCriteria = [
  "text_quality",
  "image_relevance",
  "image_completeness",
  "restraint",
] as const;
/** See `replyCriteria`. */
export type ReplyCriterion = (typeof replyCriteria)[number];

/** Questions have one level, and workers would not have their documents. */
const {
  level: _level,
  queue: _queue,
  queueStaleness: _staleness,
  queueServer: _server,
  ...ofActions
} = actionSettings(actionRecipes.multimodal);

export const multimodalSettings = {
  ...ofActions,
  storagePath: optionalText(
    "content to ask about, without README.md and root files",
    "a sample of 192 pages",
    "folder",
  ),
  docsPath: optionalText("documents to ask about", "none", "folder"),
  minConfidence: number([0, 1], 0.4, "images below it are left out"),
  grpoEpochs: optionalWhole(
    1,
    "passes over the questions; with --grpo-steps the first to end",
    "as steps say",
  ),
  judge: judgeSetting,
  judgeBudget: judgeBudgetSetting,
  criteria: {
    schema: z.array(z.enum(replyCriteria)).min(1).optional(),
    kind: "list",
    help: "what it scores by",
    byDefault: "all four",
    onlyWith: "judge",
  },
  dataOnly: optionalYes("extract the images, and train nothing"),
  testOnly: { ...optionalYes("test the image search, and train nothing"), notWith: "dataOnly" },
  layout: {
    ...optionalText(
      "a folder that also gets rl_data/, rl_checkpoints/ and rl_logs/",
      "none",
      "folder",
    ),
    isOfSession: true,
  },
} as const satisfies SettingsTable;

/** The settings of a run; the names are those of the flags and of a config file. */
export type MultimodalSettings = SettingsOf<typeof multimodalSettings>;
