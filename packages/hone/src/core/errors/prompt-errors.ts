/** Errors of prompts: their placeholders, and the search for better ones. */
import type { OptionNaming } from "../option-naming.ts";

export const promptErrors = {
  PROMPT_PLACEHOLDER_MISSING: (f: { placeholder: string; prompt: string }) => ({
    what: `The prompt has no placeholder {${f.placeholder}}, which the agent fills in: ${JSON.stringify(f.prompt)}.`,
    fix: `Write {${f.placeholder}} into the prompt where its value belongs, or take it out of what the agent fills in.`,
  }),
  PROMPT_PLACEHOLDER_UNKNOWN: (f: { placeholder: string; known: readonly string[] }) => ({
    what: `The prompt has the placeholder {${f.placeholder}}, for which there is no value${f.known.length === 0 ? "" : `; there are values for ${f.known.join(", ")}`}.`,
    fix: `Correct its name, or double its braces, {{${f.placeholder}}}, if the prompt means the text itself.`,
  }),
  PROMPT_UNREAD: (f: { names: string; count: number }) => ({
    what: `None of ${f.count} rollouts read the prompt ${f.names}, so no wording of it can change anything.`,
    fix: "Let the agent use it: `prompts` is in the context that it is given, as in `(task, { model, prompts }) => … prompts.system …`; a program outside has it in HONE_PROMPT. `npx hone improve` without a given prompt puts it in the place of the recorded system message, which the agent is to send as it was recorded.",
  }),
  CRITIC_QUESTION_TOO_LONG: (
    f: { critic: string; tokens: number; contextLength: number },
    option: OptionNaming,
  ) => ({
    what: `A question to the critic, ${f.critic}, has ${f.tokens} tokens, and its context holds ${f.contextLength}.`,
    fix: `Show it less by ${option("maxExampleLength")} or ${option("minibatchSize")}, shorten the prompt, or give a critic with a longer context by ${option("critic")}.`,
  }),
  CRITIC_USAGE_UNKNOWN: (f: { critic: string }, option: OptionNaming) => ({
    what: `The critic ${f.critic} does not say how many tokens a call used, so its budget in tokens cannot be kept.`,
    fix: `Give ${option("criticCalls")} instead of ${option("criticTokens")}.`,
  }),
};
