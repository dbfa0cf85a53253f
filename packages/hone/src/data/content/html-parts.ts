/** The images, captions and words of a piece of HTML inside a document. Tags may be left open: a figure may hold Markdown. */
import { Parser } from "htmlparser2";
import type { ImageItem } from "./document-items.ts";
import { imageSource } from "./image-source.ts";

/** A part of a piece of HTML, with the line breaks before it in the piece. */
export type HtmlPart = { readonly lineBreaks: number } & (
  | ImageItem
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "figure"; readonly isOpen: boolean }
  | { readonly kind: "caption"; readonly text: string }
);

/** What is no text of the page. */
const unseen: ReadonlySet<string> = new Set(["script", "style", "template", "noscript"]);

/** The parts in their order. @example htmlParts('<img src="a.png" alt="A pump">')[0]; // { kind: "image", url: "a.png", … } */
export function htmlParts(html: string): readonly HtmlPart[] {
  const parts: HtmlPart[] = [];
  let words = "";
  let isCaption = false;
  let hidden = 0;
  const breaks = breakCounter(html);
  const here = (): number => breaks(parser.startIndex);
  const flush = (): void => {
    const text = words.replaceAll(/\s+/g, " ").trim();
    if (text !== "") parts.push({ kind: isCaption ? "caption" : "text", text, lineBreaks: here() });
    words = "";
  };
  const parser = new Parser({
    onopentag(name, attributes) {
      if (unseen.has(name)) hidden += 1;
      if (name === "figcaption" || name === "figure" || isImage(name, attributes)) flush();
      if (name === "figcaption") isCaption = true;
      if (name === "figure") parts.push({ kind: "figure", isOpen: true, lineBreaks: here() });
      if (isImage(name, attributes)) parts.push({ ...imageOf(attributes), lineBreaks: here() });
    },
    ontext(text) {
      if (hidden === 0) words += text;
    },
    onclosetag(name, isImplied) {
      if (unseen.has(name)) hidden -= 1;
      // A tag that the piece leaves open goes on behind it.
      if (isImplied) return;
      if (name === "figcaption" || name === "figure") flush();
      if (name === "figcaption") isCaption = false;
      if (name === "figure") parts.push({ kind: "figure", isOpen: false, lineBreaks: here() });
    },
  });
  parser.write(html);
  parser.end();
  flush();
  return parts;
}

/** Counts the line breaks before a place. Places that grow are counted on from the last one, so that all of them cost one reading. */
function breakCounter(html: string): (place: number) => number {
  let count = 0;
  let next = html.indexOf("\n");
  return (place) => {
    while (next >= 0 && next < place) {
      count += 1;
      next = html.indexOf("\n", next + 1);
    }
    return count;
  };
}

/** HTML's own image, and the component of that name in MDX. */
const isImage = (name: string, attributes: Readonly<Record<string, string>>): boolean =>
  (name === "img" || name === "image") && imageSource(attributes) !== undefined;

function imageOf(attributes: Readonly<Record<string, string>>): ImageItem {
  const { alt = "", title, width = "", height = "" } = attributes;
  const size = [Number.parseFloat(width), Number.parseFloat(height)] as const;
  return {
    kind: "image",
    url: imageSource(attributes) ?? "",
    alt: alt.replaceAll(/\s+/g, " ").trim(),
    ...(title && { title }),
    ...(size.every(Number.isFinite) && { size }),
  };
}
