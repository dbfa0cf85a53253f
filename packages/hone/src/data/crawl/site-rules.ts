/** What a site's robots.txt allows, by RFC 9309. */
import Robots from "robots-parser/Robots.js";
import { type Fetched, fetchText } from "./fetch-text.ts";

/** The name by which a site's robots.txt can speak of this program. */
const CRAWLER = "hone-extract";

/** What a site allows. */
export interface SiteRules {
  allows(address: string): boolean;
  /** The pause between two requests that the site asks for, in ms. */
  readonly delayMs: number;
}

const everything: SiteRules = { allows: () => true, delayMs: 0 };
const nothing: SiteRules = { allows: () => false, delayMs: 0 };

/** Longest pause that is kept on a site's wish, in ms. */
const MAX_DELAY = 30_000;

/**
 * Reads the robots.txt of an address's site. Without one all is allowed; one that the server fails to give forbids all.
 * @throws CANCELLED
 */
export async function readSiteRules(address: URL, signal?: AbortSignal): Promise<SiteRules> {
  const place = new URL("/robots.txt", address).href;
  const got = await fetchText(place, { signal, maxBytes: 512 * 1024, types: /^text\/|^$/ });
  if (got.kind === "text") return rulesOf(place, got);
  return got.kind === "status" && got.status >= 400 && got.status < 500 ? everything : nothing;
}

function rulesOf(place: string, { text }: Extract<Fetched, { kind: "text" }>): SiteRules {
  const robots = new Robots(place, text);
  const seconds = robots.getCrawlDelay(CRAWLER) ?? 0;
  return {
    allows: (address) => robots.isAllowed(address, CRAWLER) !== false,
    delayMs: Number.isFinite(seconds) ? Math.min(1000 * seconds, MAX_DELAY) : 0,
  };
}
