/** What a site's robots.txt allows, by RFC 9309. */
import Robots from "robots-parser/Robots.js";
import { type Fetched, fetchProblem, fetchText } from "./fetch-text.ts";

/** The name by which a site's robots.txt can speak of this program. */
const CRAWLER = "hone-extract";

/** What a site allows. */
export interface SiteRules {
  allows(address: string): boolean;
  /** Why an address is not allowed. */
  readonly refusal: string;
  /** The pause between two requests that the site asks for, in ms. */
  readonly delayMs: number;
}

const FORBIDDEN = "forbidden by robots.txt";
const everything: SiteRules = { allows: () => true, refusal: FORBIDDEN, delayMs: 0 };

/** Longest pause that is kept on a site's wish, in ms. */
const MAX_DELAY = 30_000;

/**
 * Reads the robots.txt of an address's site. Without one all is allowed; one that the server fails to give forbids all.
 * This file alone is read from wherever its redirects lead, five at most, and as whatever type it is given.
 * @throws CANCELLED
 */
export async function readSiteRules(address: URL, signal?: AbortSignal): Promise<SiteRules> {
  const place = new URL("/robots.txt", address).href;
  const got = await fetchText(place, { signal, maxBytes: 512 * 1024, types: /^/, anyHost: true });
  if (got.kind === "text") return rulesOf(place, got);
  if (got.kind === "status" && got.status >= 400 && got.status < 500) return everything;
  const refusal = `forbidden, as its robots.txt cannot be read (${fetchProblem(got, "512 KB")})`;
  return { allows: () => false, refusal, delayMs: 0 };
}

function rulesOf(place: string, { text }: Extract<Fetched, { kind: "text" }>): SiteRules {
  const robots = new Robots(place, text);
  const seconds = robots.getCrawlDelay(CRAWLER) ?? 0;
  return {
    refusal: FORBIDDEN,
    allows: (address) => robots.isAllowed(address, CRAWLER) !== false,
    delayMs: Number.isFinite(seconds) ? Math.min(1000 * seconds, MAX_DELAY) : 0,
  };
}
