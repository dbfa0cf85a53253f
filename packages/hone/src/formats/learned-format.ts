/** Format of `hone.json` in the folder of a trained model or adapter: how its tasks were worded, for those to whom the folder is copied. */
import { z } from "zod";
import { defineFormat } from "./format.ts";

const learned = z.strictObject({
  /** The command that trained it. */
  command: z.string().optional(),
  /** The name of a domain of hone's whose tasks it learned. */
  domain: z.string().optional(),
  levels: z.array(z.int()).optional(),
  prompt: z.enum(["compact", "instructed"]),
  /** The system message in place of the wording's own. */
  system: z.string().optional(),
  /** Actions until an episode was cut off. */
  maxActions: z.int().optional(),
  /** Tokens of a reply at most. */
  maxTokens: z.int().optional(),
});
/** The content of `hone.json`. */
export type LearnedRecord = z.infer<typeof learned>;
/** The format of `hone.json`. */
export const learnedFormat = defineFormat("hone.learned", 1, learned);
