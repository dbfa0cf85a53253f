/**
 * One command on a file of conversations, in a process of its own, so that its largest memory is the command's.
 *
 *     data-side.ts COMMAND_AS_JSON
 */
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { convertTrajectories } from "../../packages/hone/src/app/data/convert-trajectories.ts";
import { makeSftSets } from "../../packages/hone/src/app/data/make-sets.ts";
import { rewardTrajectories } from "../../packages/hone/src/app/data/reward-trajectories.ts";

export interface DataCommand {
  readonly work: DataWork;
  readonly file: string;
  /** An empty folder. */
  readonly out: string;
}

export interface DataFigures {
  readonly trajectories: number;
  readonly seconds: number;
  /** The largest resident memory of the process, in MiB. */
  readonly peakMegabytes: number;
}

const common = (file: string) => ({
  ...{ sources: [file], domain: "qa", signal: new AbortController().signal },
  onProgress: () => undefined,
});

/** The commands by their names in the table; each says how many trajectories it read. */
const works = {
  "hone convert": async (file, out) => {
    const made = { to: "unified", out: join(out, "u.jsonl") } as const;
    return (await convertTrajectories({ ...common(file), ...made })).trajectories;
  },
  "hone convert, to Parquet": async (file, out) => {
    const made = { to: "chat", out: join(out, "c.parquet") } as const;
    return (await convertTrajectories({ ...common(file), ...made })).trajectories;
  },
  "hone dataset sft": async (file, out) => {
    const split = { validation: 0.1, test: 0.1, seed: 0, replace: false };
    return (await makeSftSets({ ...common(file), ...split, out: join(out, "sets") })).trajectories;
  },
  "hone reward --stats": async (file, out) =>
    (await rewardTrajectories({ ...common(file), out: join(out, "r.json") })).count,
} as const satisfies Record<string, (file: string, out: string) => Promise<number>>;

/** The name of a command in the table. */
export type DataWork = keyof typeof works;

/** All of them. */
export const dataWorks = Object.keys(works) as readonly DataWork[];

async function measure({ work, file, out }: DataCommand): Promise<DataFigures> {
  const start = performance.now();
  const trajectories = await works[work](file, out);
  const seconds = (performance.now() - start) / 1000;
  return { trajectories, seconds, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
}

if (process.argv[1] === import.meta.filename)
  console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]!) as DataCommand)));
