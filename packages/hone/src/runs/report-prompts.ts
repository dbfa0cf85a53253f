/** The part of report.md about a search for prompts: the first prompt, the best, and every candidate with its score. */
import type { RunData } from "./report-data.ts";
import { significant, table } from "./report-text.ts";

const ends = {
  steps: "All steps were done.",
  budget: "Its budget did not suffice for more.",
  critic: "The critic gave no usable reply any more.",
} as const;

/** Nothing for a run that is no search. */
export function promptsPart({ prompts }: Pick<RunData, "prompts">): string[] {
  if (prompts === undefined) return [];
  const { candidates, best, end, spent, method } = prompts;
  const rows = candidates.map(({ id, step, parents, score }) => [
    id === best ? `**${id}**` : String(id),
    String(step),
    parents.join(", ") || "the start",
    significant(score),
  ]);
  const tokens = spent.criticTokens === undefined ? "" : ` (${spent.criticTokens} tokens)`;
  const first = candidates[0];
  const chosen = candidates.find(({ id }) => id === best);
  return [
    "## Prompts",
    `${method}: ${spent.rollouts} rollouts and ${spent.criticCalls} calls of the critic${tokens}, without the held-out tasks. ${end === undefined ? "The search is not finished." : ends[end]}`,
    "### Before",
    ...Object.entries(first?.prompts ?? {}).map(promptText),
    ...(chosen === undefined || chosen === first
      ? ["No new prompt was better on the validation tasks."]
      : ["### The best", ...Object.entries(chosen.prompts).map(promptText)]),
    "### Candidates",
    table(["prompt", "step", "made from", "mean reward on the validation tasks"], rows),
    "A new prompt is chosen by the validation tasks; whether it is better is said by the held-out tasks above.",
  ];
}

/** A prompt in a fence that is longer than any in it. */
function promptText([name, text]: readonly [string, string]): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `\`${name}\`:\n\n${fence}text\n${text}\n${fence}`;
}
