/** Formats that other programs read and write, as JSON Schemas (2020-12); they are written to docs/formats. */
import { z } from "zod";
import { auditFormat, auditRowSchema } from "./audit-format.ts";
import { feedbackFormat, feedbackSchema } from "./feedback-format.ts";
import { imagePairsFormat, imagePairsSchema } from "./image-pairs-format.ts";
import { preferenceFormat, preferenceSchema } from "./preference-format.ts";
import { rewardFormat, rewardRowSchema } from "./reward-format.ts";
import { spanSchema, spanVersion } from "./span-format.ts";
import { traceSchema, traceVersion } from "./trace-format.ts";
import { trajectoryFormat, trajectorySchema } from "./trajectory-format.ts";

const formats = [
  {
    file: `trace-v${traceVersion}.schema.json`,
    title: `hone.trace, version ${traceVersion}`,
    description: "A trace: everything recorded of one try of an agent at a task.",
    schema: traceSchema,
  },
  {
    file: `span-v${spanVersion}.schema.json`,
    title: `hone.span, version ${spanVersion}`,
    description: "A span: one timed piece of what an agent did.",
    schema: spanSchema,
  },
  {
    file: `feedback-v${feedbackFormat.version}.schema.json`,
    title: `hone.feedback, version ${feedbackFormat.version}`,
    description: "One line of a file of feedback: a rating, a comparison or a correction.",
    schema: feedbackSchema,
  },
  {
    file: `preferences-v${preferenceFormat.version}.schema.json`,
    title: `hone.preferences, version ${preferenceFormat.version}`,
    description: "One line of a file of preference pairs, after its header.",
    schema: preferenceSchema,
  },
  {
    file: `rewards-v${rewardFormat.version}.schema.json`,
    title: `hone.rewards, version ${rewardFormat.version}`,
    description: "One line of a file of rewards of traces, after its header.",
    schema: rewardRowSchema,
  },
  {
    file: `trajectory-v${trajectoryFormat.version}.schema.json`,
    title: `hone.trajectory, version ${trajectoryFormat.version}`,
    description: "A unified trajectory: a task, the steps of an agent, what came of it.",
    schema: trajectorySchema,
  },
  {
    file: `image-pairs-v${imagePairsFormat.version}.schema.json`,
    title: `hone.image-pairs, version ${imagePairsFormat.version}`,
    description:
      "The images of documents with the words around them, as npx hone extract writes them.",
    schema: imagePairsSchema,
  },
  {
    file: `audit-v${auditFormat.version}.schema.json`,
    title: `hone.audit, version ${auditFormat.version}`,
    description: "One line of the file of npx hone audit --out, after its header: a token.",
    schema: auditRowSchema,
  },
] as const;

/** The text of each schema file by the name of the file. */
export function formatSchemas(): Map<string, string> {
  const texts = formats.map(({ file, title, description, schema }) => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" });
    const content = { $schema, title, description, ...rest };
    return [file, `${JSON.stringify(content, undefined, 2)}\n`] as const;
  });
  return new Map(texts);
}
