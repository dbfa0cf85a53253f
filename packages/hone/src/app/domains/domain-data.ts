/** `hone domains <name> data`: what a domain has to learn from, as a file. */
import { HoneError } from "../../core/errors.ts";
import { jsonLine, writeLines } from "../../data/export-lines.ts";
import { meetingCsv, meetingRows } from "../../domains/meetings/rows.ts";
import { meetingTasks } from "../../domains/meetings/tasks.ts";
import { conversationOf } from "../../environments/chat-format.ts";
import { writeFileWhole } from "../../formats/whole-write.ts";
import { makeFolders } from "../../formats/make-folders.ts";
import { dirname, resolve } from "node:path";
import { domainNames, withDomain } from "../domains.ts";

/** Which data is written, and where. */
export interface DomainDataOptions {
  readonly domain: string;
  readonly out: string;
  readonly rows: number;
  readonly split: "train" | "validation" | "test";
  readonly levels: readonly number[];
  readonly mistakeRate: number;
  readonly seed: number;
}

/** What was written. */
export interface DomainData {
  readonly domain: string;
  readonly rows: number;
  /** What a row is, in the plural: "meetings". */
  readonly what: string;
  readonly out: string;
}

/** Domains whose data is a table of their own instead of their expert's episodes. */
const ownTables: Readonly<
  Record<string, (options: DomainDataOptions) => { readonly text: string; readonly what: string }>
> = {
  meetings: ({ rows: count, split, seed }) => ({
    text: meetingCsv(meetingRows(meetingTasks({ split, count, seed }), seed)),
    what: "meetings",
  }),
};

/**
 * Writes a domain's data, whole or not at all: its own table, or conversations of its expert's episodes as lines of JSON, which
 * `hone train sft --data` reads.
 * @throws CONFIG_INVALID for a split that the domain does not have; DOMAIN_EXPERT_ABSENT; as `openDomain` and its tasks
 */
export async function writeDomainData(options: DomainDataOptions): Promise<DomainData> {
  const { domain, out } = options;
  await makeFolders(dirname(resolve(out)));
  const own = Object.hasOwn(ownTables, domain) ? ownTables[domain] : undefined;
  if (own === undefined) return writeEpisodes(options);
  const { text, what } = own(options);
  await writeFileWhole(out, text);
  return { domain, rows: options.rows, what, out };
}

async function writeEpisodes(options: DomainDataOptions): Promise<DomainData> {
  const { domain: name, out, rows: count, split, levels, mistakeRate, seed } = options;
  if (split === "validation") {
    const problem = `the domain ${name} has the splits train and test.`;
    throw new HoneError("CONFIG_INVALID", { where: "--split", problem });
  }
  return withDomain(name, async (domain) => {
    const tasks = domain.tasks({ split, count, levels, seed });
    const episodes = await domain.episodes(tasks, { mistakeRate, seed });
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

/** A domain of the table in a few facts. */
export interface DomainSummary {
  readonly name: string;
  readonly levels: number;
  readonly hasExpert: boolean;
  /** An example of a task, as an agent first reads it. */
  readonly example: string;
}

/** The domains that `--domain` takes by their names. */
export const domainSummaries = (): Promise<readonly DomainSummary[]> =>
  Promise.all(
    domainNames.map((name) =>
      withDomain(name, async (domain): Promise<DomainSummary> => {
        const [task] = domain.tasks({ split: "train", count: 1, levels: [1], seed: 0 });
        const example = await domain.environment({}).reset(task!, 0);
        return { name, levels: domain.levels, hasExpert: domain.hasExpert, example };
      }),
    ),
  );
