/** The pages of one site as Markdown documents in a folder, as far as its robots.txt and the limits allow. */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { HoneError } from "../../core/errors.ts";
import type { OnProgress } from "../../core/progress.ts";
import { writeFileWhole } from "../../formats/whole-write.ts";
import { writeError } from "../../formats/write-error.ts";
import { fetchProblem, fetchText } from "./fetch-text.ts";
import { htmlPage, markdownPage } from "./html-page.ts";
import { readSiteRules, type SiteRules } from "./site-rules.ts";

/** Which pages are fetched. */
export interface CrawlOptions {
  /** The page to begin with. Only pages of its host are fetched. */
  readonly address: string;
  /** Links that are followed from it, one after the other. 0: this page alone. Default 1. */
  readonly depth?: number;
  /** Pages that are asked for at most, those among them that are not there. Default 200. */
  readonly maxPages?: number;
  /** Pause between two requests, in ms; the site may ask for a longer one. Default 500. */
  readonly delayMs?: number;
  /** Where the pages are written, each as a Markdown file by its path. */
  readonly out: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What came of a crawl. */
export interface CrawlReport {
  /** Pages that were written. */
  readonly pages: number;
  /** Addresses that were not, by the reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** Largest page, in bytes. */
const MAX_PAGE = 2 * 1024 * 1024;

const PAGE_TYPES = /^text\/html$|^application\/xhtml\+xml$|^text\/(?:x-)?markdown$/;

interface Address {
  readonly address: string;
  readonly depth: number;
}

/**
 * Fetches the pages of a site, the nearest to the first one first.
 *
 * @throws CRAWL_ADDRESS_INVALID; CRAWL_FAILED where the first page is forbidden or cannot be read; CANCELLED; DISK_FULL, WRITE_FAILED
 * @example await crawlSite({ address: "https://pump.example/docs/", depth: 2, out: "crawled" });
 */
export async function crawlSite(options: CrawlOptions): Promise<CrawlReport> {
  const first = checkedAddress(options.address);
  const { depth = 1, maxPages = 200, out, signal, onProgress } = options;
  const rules = await readSiteRules(first, signal);
  const delayMs = Math.max(options.delayMs ?? 500, rules.delayMs);
  const seen = new Set([first.href]);
  const waiting: Address[] = [{ address: first.href, depth: 0 }];
  const written = new Set<string>();
  const skipped: Record<string, number> = {};
  let requests = 0;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const isFirst = next.address === first.href;
    const isAllowed = rules.allows(next.address);
    if (!isAllowed && !isFirst) {
      count(skipped, rules.refusal);
      continue;
    }
    if (requests >= maxPages) {
      count(skipped, "more pages than the limit", waiting.length + 1);
      break;
    }
    requests += 1;
    if (!isFirst) await pausing(delayMs, signal);
    onProgress?.({ what: `fetching pages (${written.size}, ${waiting.length + 1} waiting)` });
    const page = isAllowed ? await pageOf(next.address, rules, signal) : rules.refusal;
    if (typeof page === "string") {
      if (isFirst) throw new HoneError("CRAWL_FAILED", { address: first.href, reason: page });
      count(skipped, page.replace(/ \(.*/, ""));
      continue;
    }
    const file = fileOf(page.address);
    if (written.has(file)) count(skipped, "the page of another address");
    else await writePage(join(out, file), page);
    written.add(file);
    if (next.depth >= depth) continue;
    for (const link of page.links.filter((one) => new URL(one).origin === first.origin)) {
      if (seen.has(link)) continue;
      seen.add(link);
      waiting.push({ address: link, depth: next.depth + 1 });
    }
  }
  return { pages: written.size, skipped };
}

/** @throws CRAWL_ADDRESS_INVALID */
function checkedAddress(address: string): URL {
  const parsed = URL.canParse(address) ? new URL(address) : undefined;
  const isWeb = parsed?.protocol === "http:" || parsed?.protocol === "https:";
  if (!isWeb || parsed.username !== "" || parsed.password !== "") {
    // A password of the address is not repeated.
    throw new HoneError("CRAWL_ADDRESS_INVALID", {
      address: address.replace(/\/\/[^/]*@/, "//…@"),
    });
  }
  parsed.hash = "";
  return parsed;
}

const count = (counts: Record<string, number>, reason: string, by = 1): void => {
  counts[reason] = (counts[reason] ?? 0) + by;
};

async function pausing(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await pause(delayMs, undefined, { ...(signal && { signal }) }).catch((cause: unknown) => {
    throw new HoneError("CANCELLED", { what: "The crawl" }, { cause });
  });
}

/** A page as Markdown. */
interface Page {
  readonly address: string;
  readonly markdown: string;
  readonly links: readonly string[];
}

/** The page of an address, or why there is none. */
async function pageOf(
  address: string,
  rules: SiteRules,
  signal: AbortSignal | undefined,
): Promise<Page | string> {
  const got = await fetchText(address, { signal, maxBytes: MAX_PAGE, types: PAGE_TYPES });
  if (got.kind !== "text") return fetchProblem(got, "2 MB");
  // A redirect may lead to what is forbidden.
  if (!rules.allows(got.address)) return rules.refusal;
  const read = got.type.endsWith("markdown") ? markdownPage : htmlPage;
  const page = read(got.text, got.address);
  return page ? { address: got.address, ...page } : "HTML of too many tags, or nested too deep";
}

/** The file of a page: its path below the host's name. What is asked of a page makes it another one. */
export function fileOf(address: string): string {
  const { host, pathname, search } = new URL(address);
  const path = pathname.replace(/\.(?:html?|xhtml|md)$/i, "").replace(/\/$/, "/index");
  const parts = path.split("/").filter((part) => part !== "");
  const asked = search === "" ? "" : `-${search.slice(1)}`;
  const names = [host, ...parts.slice(0, -1), `${parts.at(-1)}${asked}`].map(fileName);
  return `${join(...names)}.md`;
}

/** A part of an address as the name of a file: no part leads out of its folder. */
const fileName = (part: string): string =>
  part
    .replaceAll(/[^\w.%-]/g, "_")
    .replace(/^\.+/, "_")
    .slice(0, 120);

async function writePage(path: string, { address, markdown }: Page): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw writeError(error, path);
  }
  await writeFileWhole(path, `---\nurl: ${address}\n---\n\n${markdown}`);
}
