/** A single-turn task of BFCL v4, the Berkeley Function Calling Leaderboard, as `hone tasks import bfcl` writes it into a file of tasks. */
import { z } from "zod";
import { refusal } from "../data-line-error.ts";
import type { FileTask } from "../task-file.ts";

/** What counts as right in a category: one of the possible answers, a reply without a call, or any call. */
export type BfclGoal = "answers" | "no-call" | "any-call";

/** The categories that are imported, in the order of their levels, which count from 1. */
export const bfclCategories = {
  simple_python: "answers",
  multiple: "answers",
  parallel: "answers",
  parallel_multiple: "answers",
  irrelevance: "no-call",
  live_simple: "answers",
  live_multiple: "answers",
  live_parallel: "answers",
  live_parallel_multiple: "answers",
  live_irrelevance: "no-call",
  live_relevance: "any-call",
} as const satisfies Readonly<Record<string, BfclGoal>>;

/** The name of a category that is imported. */
export type BfclCategory = keyof typeof bfclCategories;

/** The names of the categories. */
// Object.keys is typed for objects that may have more keys, which a constant does not.
export const bfclCategoryNames = Object.keys(bfclCategories) as readonly BfclCategory[];

/** The types of parameters that the benchmark's functions in Python have. */
const parameterTypes = [
  "string",
  "integer",
  "float",
  "boolean",
  "array",
  "tuple",
  "dict",
  "any",
] as const;

const parameterType = z.enum(parameterTypes);

const parameter = z
  .looseObject({ type: parameterType, items: z.looseObject({ type: parameterType }).optional() })
  .refine(({ type, items }) => items !== undefined || !["array", "tuple"].includes(type), {
    error: "a parameter of the type array or tuple needs `items` with a type",
  });

/** A function that is offered. Parameters have the types of the benchmark, which are not those of JSON Schema. */
export const bfclFunction = z.looseObject({
  name: z.string(),
  description: z.string().optional(),
  parameters: z.looseObject({
    type: z.string().optional(),
    properties: z.record(z.string(), parameter),
    required: z.array(z.string()),
  }),
});

/** What is said before the reply. */
export const bfclMessage = z.looseObject({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string(),
});

/** A task as a file of tasks has it. */
const bfclTask = z.looseObject({
  id: z.string(),
  category: z.enum(bfclCategoryNames),
  level: z.int().min(1),
  messages: z.array(bfclMessage).min(1),
  functions: z.array(bfclFunction),
  /**
   * The possible answers as the benchmark's file writes them: JSON text, since 5 and 5.0 are different answers. A list with an object for
   * each call: the function's name → its parameters → the values that are right.
   */
  answers: z.string().optional(),
});

export type BfclFunction = z.infer<typeof bfclFunction>;
export type BfclParameter = z.infer<typeof parameter>;
export type BfclMessage = z.infer<typeof bfclMessage>;
export type BfclTask = z.infer<typeof bfclTask>;

/** @throws DATA_LINE_INVALID for a task of another shape */
export function readBfclTask({ task, entry }: FileTask): BfclTask {
  const result = bfclTask.safeParse(task);
  if (result.success) return result.data;
  throw refusal(entry, { json: task, issues: result.error.issues, knownAt: () => [] });
}
