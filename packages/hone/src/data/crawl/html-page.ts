/** A page of HTML or Markdown as Markdown, and the pages that it links to. */
import { DomUtils, parseDocument, Parser } from "htmlparser2";
import MarkdownIt from "markdown-it";
import TurndownService from "turndown";
import { imageSource } from "../content/image-source.ts";
import { plainMarkdown } from "../content/plain-markdown.ts";

/** What is read of a page. */
export interface HtmlPage {
  /** Addresses of images and links are absolute. */
  readonly markdown: string;
  /** The absolute addresses of its links, without their fragments, each once. */
  readonly links: readonly string[];
}

const converter = new TurndownService({ headingStyle: "atx", codeBlockStyle: "fenced" })
  // What is around the page's own text, on every page of a site.
  .remove(["script", "style", "noscript", "nav", "header", "footer", "aside", "form", "iframe"])
  // Figures keep their captions as HTML, in which they are found again.
  .keep(["figure"]);

/** Tags of a page that is converted, and how many stand inside of each other. The converter's time grows with their squares. */
const limits = { tags: 30_000, depth: 400 } as const;

/**
 * Reads a page.
 * @returns undefined for a page of more tags, or nested deeper, than any that people read
 * @example htmlPage('<img src="/p.png" alt="A pump">', "https://pump.example/a")?.markdown; // "![A pump](https://pump.example/p.png)\n"
 */
export function htmlPage(html: string, address: string): HtmlPage | undefined {
  if (isTooMuch(html)) return undefined;
  const page = parseDocument(html);
  const links = new Set<string>();
  const base = DomUtils.getElementsByTagName("base", page)[0]?.attribs["href"];
  const from = absolute(base ?? "", address) ?? address;
  for (const element of DomUtils.getElementsByTagName(
    // Browsers read <image> as <img>.
    (name) => name === "a" || name === "img" || name === "image",
    page,
  )) {
    const { attribs, name } = element;
    const key = name === "a" ? "href" : "src";
    const given = name === "a" ? attribs["href"] : imageSource(attribs);
    const full = given === undefined ? undefined : absolute(given, from);
    if (full === undefined) continue;
    attribs[key] = full;
    if (name === "a" && !/\bnofollow\b/.test(attribs["rel"] ?? ""))
      links.add(withoutFragment(full));
  }
  return {
    markdown: `${converter.turndown(DomUtils.getOuterHTML(page)).trim()}\n`,
    links: [...links],
  };
}

function isTooMuch(html: string): boolean {
  let tags = 0;
  let depth = 0;
  let isOver = false;
  const parser = new Parser({
    onopentag() {
      tags += 1;
      depth += 1;
      isOver ||= tags > limits.tags || depth > limits.depth;
      // Nothing more is read.
      if (isOver) parser.pause();
    },
    onclosetag() {
      depth -= 1;
    },
  });
  parser.write(html);
  return isOver;
}

const absolute = (given: string, from: string): string | undefined =>
  URL.canParse(given.trim(), from) ? new URL(given.trim(), from).href : undefined;

const withoutFragment = (address: string): string => address.replace(/#.*$/, "");

const markdown = new MarkdownIt({ html: true });

/**
 * Reads a page of Markdown as the HTML that it stands for, so that all its addresses become absolute, however they are written. Its front
 * matter is no text of the page.
 * @returns as `htmlPage`
 * @example markdownPage("![A pump](/p.png)", "https://pump.example/a.md")?.markdown; // "![A pump](https://pump.example/p.png)\n"
 */
export const markdownPage = (text: string, address: string): HtmlPage | undefined =>
  htmlPage(markdown.render(plainMarkdown(text, false)), address);
