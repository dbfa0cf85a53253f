/**
 * Templates of training sets per tool: what of a step is the prompt, and what is learned.
 *
 *     reason:
 *       system: "You plan."
 *       prompt: "{question}\n\n{history}"
 *       completion: "{thought}"
 *
 * A tool without a template of its own has that of "*"; one without either is left out, and counted.
 */
import { type Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { HoneError } from "../../core/errors.ts";
import { nearestFact } from "../../core/known-options.ts";
import { fillPrompt, placeholdersOf } from "../../core/prompts.ts";
import type { TrajectoryStep, UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { withoutUndefined } from "../../formats/json-value.ts";

/** What templates may name. */
const templatePlaceholders = [
  ...["question", "context", "history", "thought", "arguments", "reply", "observation", "answer"],
] as readonly string[];

/** The template of a tool. */
export interface SftTemplate {
  /** The system message. Default: none. */
  readonly system?: string;
  /** The user's message. */
  readonly prompt: string;
  /** What the assistant says, which is learned. */
  readonly completion: string;
}

/** Templates by tool; "*" is that of every other tool. */
export type SftTemplates = Readonly<Record<string, SftTemplate>>;

const history = "{question}\n{history}";

/** Used where no file is given. */
export const defaultTemplates: SftTemplates = {
  reason: { system: "{context}", prompt: history, completion: "{thought}" },
  finalize: { system: "{context}", prompt: history, completion: "{answer}" },
  respond: { system: "{context}", prompt: history, completion: "{answer}" },
  "*": { system: "{context}", prompt: history, completion: "{reply}" },
};

const template = z.strictObject({
  system: z.string().optional(),
  prompt: z.string(),
  completion: z.string().min(1),
});
const file = z.record(z.string().min(1), template);

/**
 * The templates of a YAML or JSON file.
 * @param name  of the file, for errors
 * @throws CONFIG_INVALID naming line and column: no YAML, a part that is missing or no text, a placeholder that there is not;
 *   CONFIG_UNKNOWN_KEY for a key that a template does not have
 */
export function readTemplates(text: string, name: string): SftTemplates {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const invalid = (problem: string, offset: number): HoneError => {
    const { line, col: column } = lines.linePos(offset);
    return new HoneError("CONFIG_INVALID", { where: name, line, column, problem });
  };
  const [error] = document.errors;
  if (error !== undefined) throw invalid(`${error.message}.`, error.pos[0]);
  // A part that is missing has no place: then that of what it is missing in.
  const offsetAt = (path: readonly PropertyKey[]): number => {
    const node = document.getIn(path, true) as { readonly range?: readonly number[] } | undefined;
    return node?.range?.[0] ?? (path.length === 0 ? 0 : offsetAt(path.slice(0, -1)));
  };
  const result = file.safeParse(document.toJS());
  if (!result.success) {
    const [issue] = result.error.issues;
    const { path } = issue!;
    if (issue!.code !== "unrecognized_keys") throw invalid(problemOf(issue!), offsetAt(path));
    const key = issue!.keys[0]!;
    const { line, col: column } = lines.linePos(keyOffset(document, path, key) ?? offsetAt(path));
    const known = Object.keys(template.shape);
    const near = nearestFact(key, known);
    throw new HoneError("CONFIG_UNKNOWN_KEY", { where: name, key, known, line, column, ...near });
  }
  for (const [tool, parts] of Object.entries(result.data))
    for (const [key, part = ""] of Object.entries(parts)) {
      if (hasLoneBrace(part)) {
        const problem = "it has a brace that begins or ends no placeholder; {{ and }} are braces.";
        throw invalid(problem, offsetAt([tool, key]));
      }
      const unknown = placeholdersOf(part).find((one) => !templatePlaceholders.includes(one));
      if (unknown === undefined) continue;
      const known = templatePlaceholders.map((one) => `{${one}}`).join(" ");
      throw invalid(`{${unknown}} is no placeholder; there are ${known}.`, offsetAt([tool, key]));
    }
  return Object.fromEntries(
    Object.entries(result.data).map(([tool, parts]) => [tool, withoutUndefined(parts)]),
  );
}

/** Where a key begins. */
function keyOffset(
  document: Document,
  path: readonly PropertyKey[],
  key: string,
): number | undefined {
  const map = document.getIn(path, true);
  const pair = isMap(map)
    ? map.items.find((one) => isScalar(one.key) && one.key.value === key)
    : undefined;
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}

/** What is wrong with a template, in words. */
function problemOf({ path, code, message }: z.core.$ZodIssue): string {
  const [tool, key] = path.map(String);
  if (tool === undefined)
    return "the file must map tools to templates, such as search: { prompt: …, completion: … }.";
  if (key === undefined) return `the template of ${tool} must have the keys prompt and completion.`;
  if (code === "too_small") return `${key} of ${tool} is empty; it says what is learned.`;
  if (message.endsWith("received undefined")) return `the template of ${tool} has no ${key}.`;
  return `${key} of ${tool} must be a text; put it in quotes.`;
}

/** Whether a brace is left beside placeholders and doubled braces. */
const hasLoneBrace = (text: string): boolean =>
  /[{}]/.test(text.replaceAll(/\{\{|\}\}|\{[A-Za-z_][A-Za-z0-9_]*\}/g, ""));

/** An example of a set. */
export interface SftExample {
  readonly system?: string;
  readonly prompt: string;
  readonly completion: string;
}

/** Why a step gives no example. */
export type NoExample = "no template for its tool" | "nothing to learn";

/** The example of a step; why there is none. */
export function exampleOf(
  trajectory: UnifiedTrajectory,
  step: TrajectoryStep,
  templates: SftTemplates,
): SftExample | NoExample {
  const chosen = own(templates, step.tool) ?? own(templates, "*");
  if (chosen === undefined) return "no template for its tool";
  const values = valuesOf(trajectory, step);
  const fill = (text: string): string =>
    fillPrompt(text, Object.fromEntries(placeholdersOf(text).map((name) => [name, values[name]!])));
  const completion = fill(chosen.completion);
  if (completion.trim() === "") return "nothing to learn";
  const system = chosen.system === undefined ? "" : fill(chosen.system).trim();
  return { ...(system !== "" && { system }), prompt: fill(chosen.prompt).trim(), completion };
}

const own = (templates: SftTemplates, tool: string): SftTemplate | undefined =>
  Object.hasOwn(templates, tool) ? templates[tool] : undefined;

function valuesOf(
  { task, steps, answer = "" }: UnifiedTrajectory,
  step: TrajectoryStep,
): Readonly<Record<string, string>> {
  const { kind, thought, text = "", arguments: given, observation = "" } = step;
  return {
    question: task.question ?? "",
    context: task.instructions ?? "",
    // What the model had seen when it replied: calls that were made together know nothing of each other.
    history: steps
      .filter(({ turn }) => turn < step.turn)
      .map(lineOfStep)
      .join("\n"),
    // A thought that is no call is what the model said.
    thought: kind !== "reason" ? (thought ?? "") : [thought, text].filter(Boolean).join("\n"),
    arguments: given === undefined ? "" : textOf(given),
    // An action in an environment is a reply in words, and may have no argument.
    reply: kind === "call" ? textOf(given ?? "") : text,
    observation,
    // What is said to the user on the way is an answer, too.
    answer: kind === "respond" ? text : answer,
  };
}

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** A step as a line of the history: what was thought, done and seen. */
function lineOfStep({
  kind,
  tool,
  thought,
  text,
  arguments: given,
  observation,
}: TrajectoryStep): string {
  const done = kind === "call" ? `${tool}(${given === undefined ? "" : textOf(given)})` : "";
  return [thought, text, done, observation === undefined ? "" : `→ ${observation}`]
    .filter((part) => part !== undefined && part !== "")
    .join("\n");
}
