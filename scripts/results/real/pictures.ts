/** The curves of hone and TRL over the steps, as SVG files beside the page. */
import { lineChart } from "../../../packages/hone/src/runs/charts.ts";
import { furtherSeed } from "../statistics.ts";
import type { PeerName } from "./experiments.ts";
import type { PeerResult } from "./peer.ts";
import type { SeedResult } from "./seed.ts";

const shown: Readonly<Record<PeerName, { readonly title: string; readonly label: string }>> = {
  a: { title: "SFT beside TRL: loss of each step", label: "loss (nats per token)" },
  b: { title: "GRPO beside TRL: mean reward of each step", label: "mean reward per rollout" },
};

/** Where the picture of an experiment stands, from the page. */
export const pictureFile = (name: PeerName): string => `pictures/real-${name}.svg`;

/** TRL's whole run, where it was comparable and went to its end. */
const wholeOf = (name: PeerName, peer: PeerResult | undefined) =>
  name === "a" && peer?.isSameLoss !== true ? undefined : peer?.whole?.values;

/** hone's mean over its seeds with the band in which a further one lies, and TRL's run; undefined without one. */
export function curvePicture(
  name: PeerName,
  seeds: readonly SeedResult[],
  peer: PeerResult | undefined,
): string | undefined {
  const theirs = wholeOf(name, peer);
  if (theirs === undefined || seeds.length < 2) return undefined;
  const ours = seeds[0]!.steps.map(({ step }, i) => {
    const { value: y, low, high } = furtherSeed(seeds.map(({ steps }) => steps[i]!.value));
    // Neither a loss nor a reward is below 0, and no reward is above 1.
    const most = name === "b" ? 1 : Infinity;
    return { x: step, y, low: Math.max(0, low), high: Math.min(most, high) };
  });
  const { title, label } = shown[name];
  return lineChart({
    title,
    x: { label: "step", format: "integer" },
    y: { label },
    series: [
      { name: `hone, ${seeds.length} seeds, and where 95 % of further ones lie`, points: ours },
      { name: "TRL, seed 0", points: theirs.map((y, i) => ({ x: i + 1, y })) },
    ],
    include: [0],
  });
}

/** In how many of TRL's steps its curve lies inside hone's band; undefined as `curvePicture`. */
export function insideShare(
  name: PeerName,
  seeds: readonly SeedResult[],
  peer: PeerResult | undefined,
): { readonly inside: number; readonly of: number } | undefined {
  const theirs = wholeOf(name, peer);
  if (theirs === undefined || seeds.length < 2) return undefined;
  const inside = theirs.filter((value, i) => {
    const { low, high } = furtherSeed(seeds.map(({ steps }) => steps[i]!.value));
    return low <= value && value <= high;
  });
  return { inside: inside.length, of: theirs.length };
}
