/** The parts of report.md about single rollouts: examples before and after side by side, how rollouts ended, and samples of steps. */
import type { ResultRecord } from "../formats/result-format.ts";
import type { SampleRow } from "../formats/samples-format.ts";
import { oneLine, significant, table } from "./report-text.ts";

/** Longer messages are cut. In characters. */
const MAX_MESSAGE_LENGTH = 400;

/** The same held-out tasks before and after, each as the conversation that was had about it. */
export function examplesPart(stages: readonly string[], samples: readonly SampleRow[]): string[] {
  const [before, after] = stages.slice(-2);
  if (before === undefined || after === undefined) return [];
  const of = (section: string) =>
    new Map(
      samples.flatMap((row) => (row.section === section ? [[row.taskId, row] as const] : [])),
    );
  const [first, last] = [of(before), of(after)];
  const rows = [...last].flatMap(([task, row]) => {
    const earlier = first.get(task);
    return earlier === undefined ? [] : [[inCode(task), exampleCell(earlier), exampleCell(row)]];
  });
  if (rows.length === 0) return [];
  return [
    "## Examples before and after",
    `The first ${rows.length} held-out tasks, as the policy did them (${before === "start" ? "at the start" : before}) and then (${after}).`,
    table(["task", "before", "after"], rows),
  ];
}

/** What was said, message by message, and what it earned. */
function exampleCell(row: SampleRow): string {
  const said = row.conversation.flatMap(({ role, content }) =>
    role === "system" ? [] : [`${role}: ${inCode(cut(content))}`],
  );
  return [...said, endText(row)].join("<br>");
}

function endText({ reward, failure, isSuccess }: SampleRow): string {
  const earned = reward === undefined ? "no reward" : `reward ${significant(reward)}`;
  if (failure !== undefined)
    return `**failed** at ${failure.boundary}: ${inCode(cut(failure.message))}`;
  return `${isSuccess ? "**done**" : "**not done**"}, ${earned}`;
}

const cut = (text: string): string =>
  text.length <= MAX_MESSAGE_LENGTH
    ? text
    : `${text.slice(0, MAX_MESSAGE_LENGTH)} … (${text.length} characters)`;

/** The text as a code span on one line, so that nothing in it is Markdown. */
function inCode(text: string): string {
  const line = oneLine(text.replaceAll(/\s*[\r\n]+\s*/g, " ⏎ "));
  if (line.trim() === "") return "(nothing)";
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = "`".repeat(longest + 1);
  return longest === 0 ? `${ticks}${line}${ticks}` : `${ticks} ${line} ${ticks}`;
}

/** How the rollouts on held-out tasks ended, before and after. */
export function outcomesPart({ before, after }: ResultRecord): string[] {
  const [first, last] = [before.outcomes ?? {}, after.outcomes ?? {}];
  const names = [...new Set([...Object.keys(last), ...Object.keys(first)])];
  if (names.length === 0) return [];
  const rows = names.map((name) => [name, String(first[name] ?? 0), String(last[name] ?? 0)]);
  return ["## How held-out tasks ended", table(["tries that ended", "before", "after"], rows)];
}

/** The first and the last sample of the steps of each phase, and its last failure. */
export function samplesPart(samples: readonly SampleRow[], stages: readonly string[]): string[] {
  const sections = [...new Set(samples.map((row) => row.section))];
  const chosen = sections
    .filter((section) => !stages.includes(section))
    .flatMap((section) => {
      const rows = samples.filter((row) => row.section === section);
      const failed = rows.findLast((row) => !row.isSuccess);
      return [...new Set([rows[0]!, ...(failed === undefined ? [] : [failed]), rows.at(-1)!])];
    });
  if (chosen.length === 0) return [];
  return ["## Samples", ...chosen.map(samplePart)];
}

function samplePart(row: SampleRow): string {
  const reward = row.reward === undefined ? "no reward" : `reward ${significant(row.reward)}`;
  const end =
    row.failure === undefined
      ? row.isSuccess
        ? "done"
        : "not done"
      : `failed in ${row.failure.boundary}: ${row.failure.message}`;
  const lines = row.conversation.map((message) => `${message.role}: ${message.content}`).join("\n");
  const fence = "`".repeat(
    Math.max(3, ...[...lines.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)),
  );
  const title = `${row.section}, step ${row.step}, task ${row.taskId}: ${reward}, ${end}`;
  return `### ${oneLine(title)}\n\n${fence}text\n${lines}\n${fence}`;
}
