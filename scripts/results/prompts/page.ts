/** docs/results/prompts.md of what was found. */
import type { ScriptedRun } from "./scripted.ts";
import type { SearchResult } from "./searches.ts";

const fenced = (text: string, kind = "text"): string => `\`\`\`${kind}\n${text.trimEnd()}\n\`\`\``;

const interval = ({ value, low, high }: SearchResult["before"]): string =>
  `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;

/** The page. */
export function resultsPage(
  scripted: ScriptedRun | undefined,
  results: readonly SearchResult[],
): string {
  return [
    "# What APO and GEPA find",
    "Written by `npm run results:prompts` ([how](../../scripts/results/prompts.ts)); what the methods do is in [prompts.md](../prompts.md). Brackets hold 95 % intervals; differences are paired by task.",
    ...(scripted === undefined ? [] : scriptedPart(scripted)),
    ...(results.length === 0 ? [] : realPart(results)),
  ]
    .join("\n\n")
    .concat("\n");
}

const scriptedPart = ({ command, output }: ScriptedRun): readonly string[] => [
  "## A scripted provider, by the command line",
  "What does the tasks, the critic, and the judge that gives the rewards are scripts, so the result is known beforehand: the first critique adds thanks, the second an offer of help. The agent is a program in plain Node.",
  fenced(command, "sh"),
  fenced(output),
];

const realPart = (results: readonly SearchResult[]): readonly string[] => [
  "## SmolLM2-135M-Instruct",
  `The capital of a country; success is a reply of at most 16 tokens that names it, greedy. ${results[0]!.tasks} countries are held out, 8 others choose. One seed each.`,
  [
    "| search | before | after | difference | rollouts | calls of the critic | time |",
    "|---|---|---|---|---|---|---|",
    ...results.map(
      ({ title, before, after, difference, spent, seconds }) =>
        `| ${[title, interval(before), interval(after), interval(difference), spent.rollouts, spent.criticCalls, `${(seconds / 60).toFixed(1)} min`].join(" | ")} |`,
    ),
  ].join("\n"),
  "Rollouts are without the held-out ones; minutes are those of two cores that other work kept busy.",
  ...results.flatMap((result) => [`### ${result.title}`, ...searchPart(result)]),
];

function searchPart({
  prompts,
  candidates,
  warnings,
  difference,
}: SearchResult): readonly string[] {
  const said = warnings.map(({ code, count }) => `${code} ${count}`).join(", ");
  const verdict =
    prompts.before === prompts.after
      ? "No new prompt was better on the validation tasks, so the first one stays."
      : difference.low > 0
        ? "The new prompt is better on the held-out tasks."
        : difference.high < 0
          ? "The new prompt is worse on the held-out tasks: it was chosen by chance on eight."
          : "The held-out tasks do not show a difference: the interval holds 0.";
  return [
    "Before:",
    fenced(prompts.before),
    "The best:",
    fenced(prompts.after),
    verdict,
    `Candidates, by their mean on the validation tasks: ${candidates.map(({ score }) => score.toFixed(2)).join(", ")}.${said === "" ? "" : ` Counted: ${said}.`}`,
  ];
}
