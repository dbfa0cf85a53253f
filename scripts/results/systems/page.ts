/** docs/results/systems.md from the results of the runs. */
import { availableParallelism, cpus } from "node:os";
import type { Interval } from "../../../packages/hone/src/evaluation/intervals.ts";
import { word } from "../../../packages/hone/src/app/training/further-command.ts";
import type { ResultRecord } from "../../../packages/hone/src/formats/result-format.ts";
import {
  domainDifference,
  domainSuccess,
  pooledComponent,
  pooledDifference,
  pooledSuccess,
} from "./pooled.ts";
import { domainNames, lossReduction, measuredRuns } from "./runs.ts";

/** A run with the result of each of its seeds. */
export interface RunResults {
  readonly name: string;
  readonly results: readonly ResultRecord[];
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const shares = ({ value, low, high }: Interval): string =>
  `${percent(value)} [${percent(low)}, ${percent(high)}]`;
const signed = ({ value, low, high }: Interval): string =>
  `${value > 0 ? "+" : ""}${(100 * value).toFixed(0)} [${(100 * low).toFixed(0)}, ${(100 * high).toFixed(0)}]`;
const meanOf = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");

export function systemsPage(all: readonly RunResults[]): string {
  const measured = all.filter(({ results }) => results.length > 0);
  return `# The systems: what each \`hone run\` reaches

Made by \`npm run results:systems\`. Every run starts from random weights, which its seed decides, and is measured on held-out
tasks that it never learned from. Before is the policy after supervised learning, before the last phase. Brackets hold 95 % intervals: of success
over the held-out tasks of all seeds together (Wilson), of the difference over the seeds' paired differences.

${table(["run", "seeds", "before", "after", "last phase adds, points", "to reach", ""], measured.map(row))}

${domainTables(measured)}${componentTables(measured)}The same tasks without a model, mean of the seeds (the expert makes no mistakes here):

${baselineTables(measured)}

Each seed, and what it cost. The machine was shared with other work, so the minutes of the processor say more than those of the clock. This page was
written on ${availableParallelism()} cores of "${cpus()[0]!.model.trim()}".

${table(["run", "seed", "after", "minutes", "of the processor", "most memory"], measured.flatMap(seedRows))}
`;
}

const commandOf = (name: string): string =>
  `\`hone ${measuredRuns[name]!.words.map(word).join(" ")}\``;

function row({ name, results }: RunResults): readonly string[] {
  const { bars = [] } = measuredRuns[name]!;
  const isReached = bars.map((bar) => bar.isReached(results));
  const missed = bars.filter((_, i) => !isReached[i]).map(({ text }) => text);
  const loss = name === "weighted" ? `: −${percent(lossReduction(results))}` : "";
  const verdict = missed.length === 0 ? `reached${loss}` : `**missed: ${missed.join("; ")}**`;
  return [
    commandOf(name),
    String(results.length),
    shares(pooledSuccess(results, "before")),
    shares(pooledSuccess(results, "after")),
    signed(pooledDifference(results)),
    bars.map(({ text }) => text).join("; "),
    bars.length === 0 ? "" : verdict,
  ];
}

/** A table for each run that learns several domains, with a row for each. */
function domainTables(measured: readonly RunResults[]): string {
  const some = measured.filter(({ results }) => domainNames(results).length > 0);
  return some
    .map(({ name, results }) => {
      const ofDomains = results.map(({ domains = [] }) => domains);
      const baselines = (ofDomains[0]![0]!.baselines ?? []).map((one) => one.name);
      const rows = domainNames(results).map((domain) => {
        const own = ofDomains.flatMap((domains) => domains.filter((one) => one.name === domain));
        return [
          domain,
          shares(domainSuccess(results, domain, "SFT")),
          shares(domainSuccess(results, domain, "PPO")),
          signed(domainDifference(results, domain)),
          ...baselines.map((of) => meanOfBaseline(own, of)),
        ];
      });
      const head = [commandOf(name), "SFT", "PPO", "PPO adds, points", ...baselines];
      return `${table(head, rows)}\n\n`;
    })
    .join("");
}

/** A table for each run whose components count, with a row for each of its stages: means over seeds. */
function componentTables(measured: readonly RunResults[]): string {
  return measured
    .map(({ name, results }) => {
      const { components = [] } = measuredRuns[name]!;
      if (components.length === 0) return "";
      const rows = (results[0]!.stages ?? []).map(({ name: stage }) => [
        stage,
        ...components.map((component) => plain(pooledComponent(results, stage, component))),
      ]);
      return `${table([commandOf(name), ...components], rows)}\n\n`;
    })
    .join("");
}

/** A mean with its interval; "–" where a stage has no such component. */
const plain = ({ value, low, high }: Interval): string =>
  Number.isNaN(value) ? "–" : `${plainNumber(value)} [${plainNumber(low)}, ${plainNumber(high)}]`;

const plainNumber = (value: number): string => value.toFixed(2).replace(/^-(0\.00)$/, "$1");

/** A table for each set of baselines: those of actions, and those of a system of its own. */
function baselineTables(measured: readonly RunResults[]): string {
  const heads = measured.map(({ results }) =>
    (results[0]!.baselines ?? []).map(({ name }) => name),
  );
  const kinds = [...new Set(heads.filter((head) => head.length > 0).map((head) => head.join("|")))];
  return kinds
    .map((kind) => {
      const names = kind.split("|");
      const rows = measured.filter((_, i) => heads[i]!.join("|") === kind);
      return table(
        ["run", ...names],
        rows.map(({ name, results }) => [
          commandOf(name),
          ...names.map((of) => meanOfBaseline(results, of)),
        ]),
      );
    })
    .join("\n\n");
}

const meanOfBaseline = (results: readonly Pick<ResultRecord, "baselines">[], of: string): string =>
  percent(
    meanOf(
      results.map(({ baselines = [] }) => baselines.find(({ name }) => name === of)!.success.value),
    ),
  );

const seedRows = ({ name, results }: RunResults): readonly (readonly string[])[] =>
  results.map(({ after, seconds, cost }, seed) => [
    commandOf(name),
    String(seed),
    shares(after.success),
    (seconds / 60).toFixed(1),
    cost === undefined ? "" : (cost.processorSeconds / 60).toFixed(1),
    cost === undefined ? "" : `${(cost.peakMemoryBytes / 2 ** 30).toFixed(2)} GiB`,
  ]);
