/** The section of the page beside TRL, and its pictures. */
import { lineChart } from "../../../packages/hone/src/runs/charts.ts";
import { overSeeds } from "../statistics.ts";
import { type BesideMethod, besideMethods, type BesideTrl } from "./beside-trl.ts";
import { markdown, number } from "./markdown.ts";
import { plan } from "./plan.ts";

/** All seeds of each method. */
export type BesideResults = Readonly<Record<BesideMethod, readonly BesideTrl[]>>;

const pictureFile = (method: BesideMethod): string => `pictures/algorithms-${method}-trl.svg`;
const measured = (results: BesideResults): BesideMethod[] =>
  besideMethods.filter((method) => results[method].length > 0);

/** Each method's curves over the steps. */
export const besidePictures = (results: BesideResults): { file: string; svg: string }[] =>
  measured(results).map((method) => ({
    file: pictureFile(method),
    svg: picture(method, results[method]),
  }));

function picture(method: BesideMethod, seeds: readonly BesideTrl[]): string {
  const key = method === "sft" ? "loss" : "margin";
  const curve = (side: "ours" | "theirs") =>
    seeds[0]![side].map((_, i) => {
      const { value: y, low, high } = overSeeds(seeds.map((one) => one[side][i]![key]!));
      return { x: i + 1, y, low, high };
    });
  const what = { sft: "loss (nats per token)", dpo: "chosen minus rejected reward" }[method];
  return lineChart({
    title: `${method.toUpperCase()} beside TRL, mean of ${seeds.length} seeds`,
    x: { label: "optimizer step", format: "integer" },
    y: { label: what },
    series: [
      { name: "hone", points: curve("ours") },
      { name: "TRL", points: curve("theirs") },
    ],
    include: [0],
  });
}

/** The section; empty where nothing was compared. */
export function besideSection(results: BesideResults): string {
  const names = measured(results);
  if (names.length === 0) return "";
  const { offline } = plan;
  const rates = plan.rates.prices;
  const rows = names.flatMap((method) =>
    results[method].map(({ seed, success }) => [
      ...[method.toUpperCase(), String(seed)],
      ...[success.start, success.ours, success.theirs].map(number),
    ]),
  );
  const gaps = names.map((method) => {
    const key = method === "sft" ? "loss" : "margin";
    const steps = results[method].flatMap(({ ours, theirs }) =>
      ours.map((one, i) => Math.abs(one[key]! - theirs[i]![key]!)),
    );
    return `${Math.max(...steps).toExponential(1)} in the ${key} of ${method.toUpperCase()}`;
  });
  return [
    "## SFT and DPO beside TRL",
    `Prices: the same starts, rows, batches of ${offline.batchSize}, learning rates (${rates.supervised} and ${rates.preferences}), β 0.1, AdamW, f32. DPO counts all tokens behind the first question, since ` +
      "TRL's DPOTrainer knows no turns of others. Nothing is drawn, so the curves should be one; the largest differences of a step " +
      `are ${gaps.join(" and ")}. TRL's models are measured by hone. GRPO beside TRL: [a real pretrained model](real.md#beside-trl-and-peft). ` +
      "TRL 1.16 has no PPO trainer.",
    ...names.map((method) => `![Curves of hone and TRL](${pictureFile(method)})`),
    markdown([["method", "seed", "start, %", "hone, %", "TRL, %"], ...rows]),
  ].join("\n\n");
}
