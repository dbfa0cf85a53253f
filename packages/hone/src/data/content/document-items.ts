/**
 * A Markdown document as a list of its headings, texts and images, in their order.
 *
 * Images are found as Markdown's (`![alt](url "title")`, by reference, inside links) and as HTML (`<img>`, `<figure>`), but not in code.
 */
import MarkdownIt, { type Token } from "markdown-it";
import { type HtmlPart, htmlParts } from "./html-parts.ts";
import { plainMarkdown } from "./plain-markdown.ts";

/** A part of a document, with the line it begins on, from 1. */
export type DocumentItem = { readonly line: number } & (
  | { readonly kind: "heading"; readonly level: number; readonly text: string }
  | TextItem
  | ImageItem
);

/** Words of a paragraph, of a list's entry, of a table's cell. */
export interface TextItem {
  readonly kind: "text";
  readonly text: string;
  /** The same with `**` and `` ` `` around the words that stand out. */
  readonly marked: string;
  /** Whether all of it is emphasised, as captions are. */
  readonly isEmphasised: boolean;
}

/** An image as the document has it. */
export interface ImageItem {
  readonly kind: "image";
  readonly url: string;
  readonly alt: string;
  readonly title?: string;
  readonly caption?: string;
  /** Width and height in pixels, of HTML that says them. */
  readonly size?: readonly [number, number];
}

const parser = new MarkdownIt({ html: true });
// Addresses are kept as they are written: what leads nowhere is counted, not hidden.
parser.validateLink = () => true;
parser.normalizeLink = (url) => url;

/**
 * The items of a document.
 * @param isMdx  whether it is MDX, whose imports and expressions are no text
 * @example documentItems("# Pump\n\n![How it turns](turn.png)").map(({ kind }) => kind); // ["heading", "image"]
 */
export function documentItems(markdown: string, isMdx = false): readonly DocumentItem[] {
  const items: Placed[] = [];
  const tokens = parser.parse(plainMarkdown(markdown, isMdx), {});
  for (const [i, token] of tokens.entries()) {
    const line = lineOf(tokens, i);
    if (token.type === "inline") {
      const opening = tokens[i - 1];
      if (opening?.type === "heading_open") {
        const level = Number(opening.tag.slice(1));
        // Some sites name a heading's address behind it: "Valves {#valves}".
        const text = plainText(token.children ?? []).replace(/\s*\{#[^}]*\}$/, "");
        items.push({ kind: "heading", level, text, line });
      }
      items.push(...inlineItems(token.children ?? [], line, opening?.type === "heading_open"));
    } else if (token.type === "html_block") {
      for (const part of htmlParts(token.content)) items.push(ofHtml(part, line));
    }
  }
  return withCaptions(items);
}

/** The line of a token; a table's cells have none of their own, but their row has. */
function lineOf(tokens: readonly Token[], i: number): number {
  for (let at = i; at >= 0; at--) {
    const map = tokens[at]?.map;
    if (map) return map[0] + 1;
  }
  return 1;
}

/** An item, or where a figure begins and ends and what its caption is. */
type Placed = DocumentItem | ({ readonly line: number } & FigurePart);
type FigurePart = Extract<HtmlPart, { kind: "figure" | "caption" }>;

const ofHtml = (part: HtmlPart, line: number): Placed => ({
  ...(part.kind === "text" ? textItem(part.text) : part),
  line: line + part.lineBreaks,
});

const textItem = (text: string, marked = text, isEmphasised = false): TextItem => ({
  ...{ kind: "text", text, marked, isEmphasised },
});

/** The texts and images of a run of inline tokens. A heading's words are no text beside it. */
function inlineItems(tokens: readonly Token[], start: number, isHeading: boolean): Placed[] {
  const items: Placed[] = [];
  let line = start;
  let words: Token[] = [];
  const flush = (): void => {
    const text = plainText(words);
    if (text !== "" && !isHeading)
      items.push({ ...textItem(text, markedText(words), isEmphasis(words)), line });
    words = [];
  };
  for (const token of tokens) {
    if (token.type === "image") {
      flush();
      items.push({ ...imageItem(token), line });
    } else if (token.type === "html_inline") {
      for (const part of htmlParts(token.content)) {
        flush();
        items.push(ofHtml(part, line));
      }
      line += lineBreaks(token.content);
    } else {
      words.push(token);
      if (token.type === "softbreak" || token.type === "hardbreak") line += 1;
    }
  }
  flush();
  return items;
}

const lineBreaks = (text: string): number => text.split("\n").length - 1;

function imageItem(token: Token): ImageItem {
  const title = String(token.attrGet("title") ?? "");
  return {
    kind: "image",
    url: String(token.attrGet("src") ?? ""),
    // An image in the words of another is a part of these words.
    alt: plainText(token.children ?? []),
    ...(title !== "" && { title }),
  };
}

/** The words of inline tokens on one line. */
const plainText = (tokens: readonly Token[]): string => oneLine(tokens.map(wordsOf).join(""));

/** The same, with marks around what stands out. */
const markedText = (tokens: readonly Token[]): string =>
  oneLine(tokens.map((token) => marks[token.type]?.(token) ?? wordsOf(token)).join(""));

const marks: Readonly<Record<string, (token: Token) => string>> = {
  strong_open: () => "**",
  strong_close: () => "**",
  code_inline: ({ content }) => `\`${content}\``,
};

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

function wordsOf({ type, content, children }: Token): string {
  if (type === "softbreak" || type === "hardbreak") return " ";
  if (type === "image") return plainText(children ?? []);
  return type === "html_inline" ? "" : content;
}

/** Whether every word stands between `*` and `*`. */
function isEmphasis(tokens: readonly Token[]): boolean {
  const shown = tokens.filter(({ type, content }) => type !== "text" || content.trim() !== "");
  return shown.at(0)?.type === "em_open" && shown.at(-1)?.type === "em_close";
}

/** Gives images the caption of their figure, or the emphasised line right below them. */
function withCaptions(placed: readonly Placed[]): readonly DocumentItem[] {
  const items: DocumentItem[] = [];
  let figure: { images: number[]; caption?: string } | undefined;
  const close = (): void => {
    for (const i of figure?.images ?? []) items[i] = captioned(items[i]!, figure!.caption);
    figure = undefined;
  };
  for (const item of placed) {
    if (item.kind === "figure") {
      close();
      if (item.isOpen) figure = { images: [] };
    } else if (item.kind === "caption") {
      if (figure) figure.caption = oneLine(`${figure.caption ?? ""} ${item.text}`);
    } else {
      if (item.kind === "image") figure?.images.push(items.length);
      if (isCaptionOf(item, items.at(-1))) items.push(captioned(items.pop()!, item.text));
      else items.push(item);
    }
  }
  close();
  return items;
}

const isCaptionOf = (
  item: DocumentItem,
  before: DocumentItem | undefined,
): item is DocumentItem & TextItem =>
  item.kind === "text" &&
  before?.kind === "image" &&
  before.caption === undefined &&
  (item.isEmphasised || /^(figure|fig\.|image|screenshot)\s*\d+\s*[:.–-]/i.test(item.text));

const captioned = (item: DocumentItem, caption: string | undefined): DocumentItem =>
  item.kind === "image" && caption !== undefined && caption !== "" ? { ...item, caption } : item;
