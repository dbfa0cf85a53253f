/** `hone extract`: images of documents with the words around them. */
import type { ExtractReport } from "../../app/images/extract.ts";
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { numberBetween, repeated, wholeNumber } from "../options.ts";
import { counted } from "../terminal/shown-text.ts";

interface Flags {
  readonly storagePath?: readonly string[];
  readonly docsPath?: readonly string[];
  readonly output: string;
  readonly minConfidence: number;
  readonly crawl?: string;
  readonly depth: number;
  readonly maxPages: number;
  readonly delay: number;
  readonly pages?: string;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone extract docs --output training_data.json",
    "npx hone extract --storage-path storage/content --docs-path docs",
    "npx hone extract --crawl https://example.com/docs/ --depth 2",
  ],
  notes: [
    "Reads Markdown (.md, .mdx): every image with its alt text, caption, headings,",
    "context, type and a confidence from 0 to 1. Badges, pixels, duplicates and files",
    "that do not exist are left out and counted. docs/images.md.",
    "--crawl keeps to robots.txt and to the host of its first page.",
  ],
  define: (command) =>
    void command
      .argument("[folders...]", "folders of documents")
      .option(
        "--storage-path <folder>",
        "content: without README.md and files at its root",
        repeated,
      )
      .option("--docs-path <folder>", "documents, as [folders...]", repeated)
      .option("--output <file>", "the file of the pairs", "training_data.json")
      .option("--min-confidence <n>", "leave out pairs below", numberBetween(0, 1), 0.4)
      .option("--crawl <url>", "fetch the pages of a site first")
      .option("--depth <n>", "links that are followed from it", wholeNumber(0), 1)
      .option("--max-pages <n>", "pages asked for at most", wholeNumber(1), 200)
      .option("--delay <ms>", "pause between two pages", wholeNumber(0), 500)
      .option("--pages <folder>", "where its pages are kept; else crawled/ beside --output"),
  run: async ({ values, flags, terminal, signal }) => {
    const { storagePath: storage, docsPath = [], output, minConfidence, ...site } = flags;
    const folders = [...values, ...docsPath];
    if (folders.length === 0 && storage === undefined && site.crawl === undefined) {
      const problem = "give folders of documents, --storage-path, --docs-path or --crawl";
      throw new HoneError("USAGE_INVALID", { command: "npx hone extract", problem });
    }
    const { extractTo } = await import("../../app/images/extract.ts");
    const { progress: onProgress } = terminal;
    const { crawl: address, depth, maxPages, delay: delayMs, pages } = site;
    const crawl = address === undefined ? undefined : { address, depth, maxPages, delayMs, pages };
    const report = await extractTo({
      ...{ folders, storage, crawl, output, minConfidence, signal, onProgress },
    });
    terminal.tell({ output, ...report.stats, crawl: report.crawl }, reportText(report, output));
  },
});

function reportText({ stats, crawl }: ExtractReport, output: string): string {
  const { files, images, kept, excluded, bands, types } = stats;
  const odd = [
    [stats.filesTooLarge, "larger than 20 MB, not read"],
    [stats.filesNotUtf8, "not in UTF-8, read as UTF-16 or Windows-1252"],
    [stats.linesTooLong, "lines longer than 100,000 characters, left blank"],
  ] as const;
  return [
    ...(crawl
      ? [`${counted(crawl.pages, "page")} fetched${countsText(crawl.skipped, "; not: ")}`]
      : []),
    `${counted(images, "image")} in ${counted(files, "document")}, ${counted(kept, "pair")} kept in ${output}`,
    `  confidence: ${bands.high} high, ${bands.medium} medium, ${bands.low} low`,
    ...(kept === 0 ? [] : [`  types:${countsText(types, " ")}`]),
    ...(Object.keys(excluded).length === 0 ? [] : [`  left out:${countsText(excluded, " ")}`]),
    ...odd.flatMap(([count, what]) => (count === 0 ? [] : [`  ${count} ${what}`])),
  ].join("\n");
}

/** "3 badge, 1 missing" behind `start`; nothing where there are none. */
function countsText(counts: Readonly<Record<string, number>>, start: string): string {
  const parts = Object.entries(counts).map(([name, n]) => `${n} ${name.replaceAll("_", " ")}`);
  return parts.length === 0 ? "" : `${start}${parts.join(", ")}`;
}
