/** The tables of docs/trajectories.md from the table of forms: `npm run docs`; a test fails where the page is out of date. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  trajectoryForms,
  type TrajectoryTarget,
  trajectoryTargets,
} from "../packages/hone/src/data/trajectories/trajectory-forms.ts";
import {
  type TrajectoryPartName,
  trajectoryPartNames,
} from "../packages/hone/src/data/trajectories/trajectory-parts.ts";

/** The page that has the tables. */
export const formsPage = join(import.meta.dirname, "../docs/trajectories.md");

const start = "<!-- The tables of forms: made by npm run docs. -->";
const end = "<!-- The end of the tables of forms. -->";

/** The page with its tables made anew. */
export function withFormTables(page: string): string {
  const [before, after] = [page.indexOf(start), page.indexOf(end)];
  if (before < 0 || after < before) throw new Error("docs/trajectories.md has no place for tables");
  const tables = [formTable(), partTable(), lossTable()].join("\n\n");
  return `${page.slice(0, before)}${start}\n\n${tables}\n\n${page.slice(after)}`;
}

const lacks = (name: TrajectoryTarget): readonly TrajectoryPartName[] =>
  trajectoryForms[name].lacks;

const formTable = (): string =>
  table(
    ["`--format`", "form"],
    trajectoryTargets.map((name) => [`\`${name}\``, trajectoryForms[name].summary]),
  );

const partTable = (): string =>
  table(
    ["", "part", ...trajectoryTargets],
    trajectoryPartNames.map((part, i) => [
      String(i + 1),
      part,
      ...trajectoryTargets.map((name) => (lacks(name).includes(part) ? "" : "✓")),
    ]),
  );

/** What is lost on the way from one form into another: the numbers of the parts that the first holds and the second does not. */
const lossTable = (): string =>
  table(
    ["from, into", ...trajectoryTargets],
    trajectoryTargets.map((from) => [from, ...trajectoryTargets.map((to) => numbersOf(from, to))]),
  );

function numbersOf(from: TrajectoryTarget, to: TrajectoryTarget): string {
  const lost = trajectoryPartNames.flatMap((part, i) =>
    lacks(to).includes(part) && !lacks(from).includes(part) ? [i + 1] : [],
  );
  return lost.length === 0 ? "–" : ranges(lost);
}

/** 1, 2, 3, 7 as "1–3, 7". */
function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const one of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === one - 1) last[1] = one;
    else runs.push([one, one]);
  }
  return runs.map(([a, b]) => (a === b ? String(a) : `${a}–${b}`)).join(", ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(formsPage, withFormTables(readFileSync(formsPage, "utf8")));
