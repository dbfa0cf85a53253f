/** `hone domains <name> data`: what a domain has to learn from, as a file. */
import { HoneError, isError } from "../../core/errors.ts";
import type { Task } from "../../core/rollout.ts";
import { jsonLine, writeLines } from "../../data/export-lines.ts";
import { type Ceilings, meetingCeilings } from "../../domains/meetings/ceilings.ts";
import { meetingCsv, meetingRows } from "../../domains/meetings/rows.ts";
import { meetingTasks } from "../../domains/meetings/tasks.ts";
import { conversationOf } from "../../environments/chat-format.ts";
import { writeOutput } from "../../formats/whole-write.ts";
import { extname } from "node:path";
import { withDomain } from "../domains.ts";

/** Which data is written, and where. */
export interface DomainDataOptions {
  readonly domain: string;
  readonly out: string;
  readonly rows: number;
  readonly split: "train" | "validation" | "test";
  /** Default: the first. */
  readonly levels?: readonly number[];
  /** Share of the expert's actions that are wrong. Default 0. */
  readonly mistakeRate?: number;
  readonly seed: number;
}

/** What was written. */
export interface DomainData {
  readonly domain: string;
  readonly rows: number;
  /** What a row is, in the plural: "meetings". */
  readonly what: string;
  readonly out: string;
  /** How well its tasks can be solved at best, where that is known exactly. */
  readonly ceilings?: Pick<Ceilings, "text" | "tools">;
}

/** Domains whose data is a table of their own instead of their expert's episodes. */
const ownTables: Readonly<
  Record<
    string,
    (
      options: DomainDataOptions,
    ) => { readonly text: string } & Pick<DomainData, "rows" | "what" | "ceilings">
  >
> = {
  meetings: ({ rows: count, split, seed }) => {
    const rows = meetingRows(meetingTasks({ split, count, seed }), seed);
    const { text, tools } = meetingCeilings();
    const ceilings = { text, tools };
    return { text: meetingCsv(rows), rows: rows.length, what: "meetings", ceilings };
  },
};

/**
 * Writes a domain's data, whole or not at all: its own table, or conversations of its expert's episodes as lines of JSON, which
 * `hone train sft --data` reads.
 * @throws CONFIG_INVALID for a split that the domain does not have, and for levels or mistakes where no expert decides the data; DOMAIN_EXPERT_ABSENT; as `openDomain` and its tasks
 */
export async function writeDomainData(options: DomainDataOptions): Promise<DomainData> {
  const { domain, out } = options;
  const own = Object.hasOwn(ownTables, domain) ? ownTables[domain] : undefined;
  if (own === undefined) return writeEpisodes(options);
  checkOwnTable(options);
  const { text, ...facts } = own(options);
  await writeOutput(out, text);
  return { domain, ...facts, out };
}

/** @throws CONFIG_INVALID for what decides the episodes of an expert only, and for a file that is no CSV by its name */
function checkOwnTable({ domain, levels, mistakeRate, out }: DomainDataOptions): void {
  const refuse = (where: string, problem: string): HoneError =>
    new HoneError("CONFIG_INVALID", { where, problem: `${problem}; leave it out.` });
  if (levels !== undefined) throw refuse("--levels", `the domain ${domain} has no levels`);
  if (mistakeRate !== undefined)
    throw refuse("--mistake-rate", `the data of the domain ${domain} is a table, not an expert's`);
  if (extname(out).toLowerCase() === ".csv") return;
  const problem = `the data of the domain ${domain} is a table; end the file's name with .csv.`;
  throw new HoneError("CONFIG_INVALID", { where: "--out", problem });
}

/** So many tasks, or all that there are. @throws as `tasksOf` where there are none */
function atMost(count: number, tasksOf: (count: number) => readonly Task[]): readonly Task[] {
  try {
    return tasksOf(count);
  } catch (error) {
    if (!isError(error, "TASKS_EXHAUSTED") || error.facts.available === 0) throw error;
    return tasksOf(error.facts.available);
  }
}

async function writeEpisodes(options: DomainDataOptions): Promise<DomainData> {
  const { domain: name, out, rows: count, split, seed } = options;
  const { levels = [1], mistakeRate = 0 } = options;
  if (split === "validation") {
    const problem = `the domain ${name} has the splits train and test.`;
    throw new HoneError("CONFIG_INVALID", { where: "--split", problem });
  }
  return withDomain(name, async (domain) => {
    const tasks = atMost(count, (some) => domain.tasks({ split, count: some, levels, seed }));
    const episodes = await domain.episodes(tasks, { mistakeRate, seed, areKept: true });
    const lines = episodes.map((episode) => {
      const messages = conversationOf(episode, domain.formats.instructed);
      return jsonLine({ messages, reward: episode.totalReward });
    });
    await writeLines(out, inOrder(lines), () => undefined);
    return { domain: name, rows: lines.length, what: "episodes of its expert", out };
  });
}

async function* inOrder<Item>(items: readonly Item[]): AsyncGenerator<Item, void> {
  yield* items;
}
