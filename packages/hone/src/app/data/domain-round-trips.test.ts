/** Trajectories of the agents of `hone run trajectories`: into every form of files and back. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { LeftOutTrajectories } from "../../data/trajectories/left-out.ts";
import {
  trajectoryForms,
  type TrajectoryTarget,
  trajectoryTargets,
} from "../../data/trajectories/trajectory-forms.ts";
import {
  trajectoryPartNames,
  trajectoryParts,
  withoutParts,
} from "../../data/trajectories/trajectory-parts.ts";
import { trajectoryDomains } from "../systems/trajectories/trajectory-recipes.ts";
import { convertTrajectories } from "./convert-trajectories.ts";
import { makeRollouts } from "./raw/make-rollouts.ts";
import { trajectoriesOf } from "./trajectory-sources.ts";

const root = mkdtempSync(join(tmpdir(), "hone-domain-round-trips-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const work = { signal: new AbortController().signal, onProgress: () => undefined };

async function read(source: string): Promise<readonly UnifiedTrajectory[]> {
  const leftOut = new LeftOutTrajectories();
  const all: UnifiedTrajectory[] = [];
  const sources = { sources: [source], domain: "other" };
  for await (const one of trajectoriesOf(sources, leftOut)) all.push(one);
  expect(leftOut.reasons).toEqual([]);
  return all;
}

/**
 * What both sides of a form can hold, without where it comes from, which each reader says anew, and without times, which forms of seconds
 * round.
 */
function kept(one: UnifiedTrajectory, of: UnifiedTrajectory, target: TrajectoryTarget): unknown {
  const absent = trajectoryPartNames.filter((name) => !trajectoryParts[name].has(of));
  const lacks = new Set([...trajectoryForms[target].lacks, ...absent, "times" as const]);
  const { provenance: _, ...rest } = withoutParts(one, [...lacks]);
  return rest;
}

/** Pairs are made of the better and worse tries of a task, and Alpaca's has no calls: forms.test.ts tests both. */
const targets = trajectoryTargets.filter((name) => name !== "preference");

describe.each(trajectoryDomains)("trajectories of %s", (domain) => {
  const raw = join(root, domain);
  const unified = join(root, `${domain}-unified`);

  beforeAll(async () => {
    await makeRollouts({
      ...{ domain, out: raw, count: 3, levels: [1], samples: 1, mistakeRate: 0.3, seed: 5 },
      ...{ split: "train", prompt: "compact", temperature: 1, concurrency: 4, deadline: 60 },
      ...{ replace: false, ...work },
    });
    const sources = [join(raw, "*.traj.json")];
    await convertTrajectories({ sources, domain, to: "unified", out: unified, ...work });
  });

  it.each(targets)("are as %s what they were, but for what its row says", async (target) => {
    const out = join(root, `${domain}-${target}.jsonl`);
    const sources = [join(unified, "*.json")];
    await convertTrajectories({ sources, domain, to: target, out, ...work });
    const [before, after] = [await read(sources[0]!), await read(out)];
    expect(after).toHaveLength(before.length);
    for (const [i, one] of before.entries()) {
      const all = after.map((other) => kept(other, one, target));
      expect(all, `trajectory ${i}`).toContainEqual(kept(one, one, target));
    }
  });
});
