/** The images of a document, each with the headings above it and the words of its section around it. */
import { type DocumentItem, documentItems, type ImageItem } from "./document-items.ts";

/** An image where it stands in its document. */
export interface PlacedImage extends ImageItem {
  readonly headings: readonly string[];
  readonly before: string;
  readonly after: string;
  readonly line: number;
}

/** Longest context on one side of an image, in characters: about two paragraphs. */
const MAX_CONTEXT = 600;

/** Most items that are looked at on one side of an image, so that a document of images alone is read in time proportional to its length. */
const MAX_ITEMS = 100;

/** @example documentImages("# Pump\n\nIt turns.\n\n![Turning](turn.png)")[0].before; // "It turns." */
export function documentImages(markdown: string, isMdx = false): readonly PlacedImage[] {
  const items = documentItems(markdown, isMdx);
  return headingPaths(items).flatMap((headings, i) => {
    const item = items[i]!;
    if (item.kind !== "image") return [];
    const before = contextOf(items, i, -1);
    return [{ ...item, headings, before, after: contextOf(items, i, 1) }];
  });
}

/** The headings above each item, the outermost first. A heading is under itself. */
export function headingPaths(items: readonly DocumentItem[]): readonly (readonly string[])[] {
  let open: readonly { readonly level: number; readonly text: string }[] = [];
  return items.map((item) => {
    if (item.kind === "heading") open = [...open.filter(({ level }) => level < item.level), item];
    return open.map(({ text }) => text);
  });
}

/** The texts of the section on one side of an image, the nearest ones. */
function contextOf(items: readonly DocumentItem[], from: number, step: 1 | -1): string {
  let text = "";
  for (let at = 1; at <= MAX_ITEMS && text.length < MAX_CONTEXT; at++) {
    const item = items[from + at * step];
    if (item === undefined || item.kind === "heading") break;
    if (item.kind === "text") text = joined(text, item.text, step);
  }
  return cut(text, step);
}

const joined = (text: string, next: string, step: 1 | -1): string =>
  text === "" ? next : step === 1 ? `${text} ${next}` : `${next} ${text}`;

/** The words nearest to the image, whole. */
function cut(text: string, step: 1 | -1): string {
  if (text.length <= MAX_CONTEXT) return text;
  return step === 1
    ? text
        .slice(0, MAX_CONTEXT)
        .toWellFormed()
        .replace(/\s\S*$/, "")
    : text
        .slice(-MAX_CONTEXT)
        .toWellFormed()
        .replace(/^\S*\s/, "");
}
