/** docs/metrics.md from the table of metrics: `npm run docs`; a test fails where the page is out of date. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  derivedMetrics,
  methodKinds,
  type MetricRow,
  metricSections,
} from "../packages/hone/src/core/metrics-table.ts";

const page = join(import.meta.dirname, "../docs/metrics.md");

/** The whole page. */
export function metricsDocument(): string {
  const sections = Object.entries(metricSections).map(([title, rows]) =>
    [
      `## ${title}`,
      table(
        ["name", "unit", "formula", "meaning", "from"],
        Object.entries(rows).map(([name, { unit, formula, meaning, by }]: [string, MetricRow]) => [
          `\`${name}\``,
          unit,
          formula,
          meaning,
          by.join(", "),
        ]),
      ),
    ].join("\n\n"),
  );
  const kinds = table(["from", "methods"], Object.entries(methodKinds));
  const derived = table(
    ["name", "unit", "meaning"],
    derivedMetrics.map(([name, unit, meaning]) => [`\`${name}\``, unit, meaning]),
  );
  return `# Metrics

The numbers of a run's steps. A name means the same for every method that reports it. They are in \`metrics.jsonl\` and the TensorBoard
files of the run folder, by phase and step, first and last in \`report.md\`, those of the algorithm in the events of \`--json\` and of
\`train()\`. Methods are called as in \`hone train <name>\`. [Alarms](warnings.md) watch some of them.

o_t is a sampled token, ρ_t = π(o_t) / π_sampled(o_t), A an advantage, π_ref the reference, r a reward, w a weight, V a critic's value and R
the return. Logarithms are natural, so their unit is the nat. Deviations are those of a population. k1 and k3 are estimates of a KL from
sampled tokens (joschu.net/blog/kl-approx.html): k1 is unbiased and noisy, k3 unbiased, never negative and steadier. Of several updates in
a step the metrics are means over their tokens, \`ratio_max\` the largest; \`loss\` and \`gradient_norm\` are means over updates.

This page is made from core/metrics-table.ts by \`npm run docs\`; a test runs every method and compares what it reports.

${kinds}

${sections.join("\n\n")}

## Names with a name inside

${derived}
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

if (process.argv[1] === import.meta.filename) writeFileSync(page, metricsDocument());
