/** Prompts as data: named texts that an agent is given, with placeholders such as {question} that the agent fills in. */
import { HoneError } from "./errors.ts";

/** Texts by their names, such as { system: "Answer with one number." }. */
export type Prompts = Readonly<Record<string, string>>;

/** A doubled brace stands for the brace itself; a name in single braces is a placeholder; any other brace is just text. */
const braces = /\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * The names of a text's placeholders, each once, in the order in which they first appear.
 * @example placeholdersOf('Answer {question} as {{"answer": 1}}.'); // ["question"]
 */
export function placeholdersOf(text: string): readonly string[] {
  const names = [...text.matchAll(braces)].flatMap(([, name]) => name ?? []);
  return [...new Set(names)];
}

/**
 * A prompt with its placeholders filled in: `{question}` becomes the value of `question`, `{{` and `}}` become single braces.
 * Values are put in as they are; braces inside them mean nothing.
 *
 * @throws PROMPT_PLACEHOLDER_MISSING for a value whose placeholder the prompt does not have;
 *         PROMPT_PLACEHOLDER_UNKNOWN for a placeholder without a value
 * @example fillPrompt("Answer {question} with one number.", { question: "2 + 2" }); // "Answer 2 + 2 with one number."
 */
export function fillPrompt(
  prompt: string,
  values: Readonly<Record<string, string | number>>,
): string {
  const found = placeholdersOf(prompt);
  const missing = Object.keys(values).find((name) => !found.includes(name));
  if (missing !== undefined) {
    const facts = { placeholder: missing, prompt: prompt.slice(0, 120) };
    throw new HoneError("PROMPT_PLACEHOLDER_MISSING", facts);
  }
  return prompt.replaceAll(braces, (brace, name: string | undefined) => {
    if (name === undefined) return brace[0]!;
    if (!Object.hasOwn(values, name)) {
      throw new HoneError("PROMPT_PLACEHOLDER_UNKNOWN", {
        placeholder: name,
        known: Object.keys(values),
      });
    }
    return String(values[name]);
  });
}

/** Names a set of prompts by what it says: equal sets have the same text, whatever the order of their names. */
export const promptsKey = (prompts: Prompts): string =>
  JSON.stringify(Object.entries(prompts).toSorted(([a], [b]) => (a < b ? -1 : 1)));
