/** The sections of a document: what stands under each heading, its text and its images. */
import { headingPaths } from "./document-images.ts";
import { type DocumentItem, documentItems, type ImageItem } from "./document-items.ts";

/** What stands under a heading, up to the next one. */
export interface DocumentSection {
  /** The headings, the outermost first; the last one is the section's own. */
  readonly headings: readonly string[];
  /** Its paragraphs on one line, with `**` and `` ` `` around the words that stand out. */
  readonly text: string;
  readonly images: readonly ImageItem[];
  /** The line of its heading, from 1. */
  readonly line: number;
}

/** The sections in their order, without those that have neither text nor images, and without what stands above the first heading. */
export function documentSections(markdown: string, isMdx = false): readonly DocumentSection[] {
  const items = documentItems(markdown, isMdx);
  const paths = headingPaths(items);
  const starts = items.flatMap(({ kind }, i) => (kind === "heading" ? [i] : []));
  return starts.flatMap((start, i) => {
    const within = items.slice(start + 1, starts[i + 1]);
    const section = { headings: paths[start]!, line: items[start]!.line, ...contentOf(within) };
    return section.text === "" && section.images.length === 0 ? [] : [section];
  });
}

const contentOf = (items: readonly DocumentItem[]): Pick<DocumentSection, "text" | "images"> => ({
  text: items.flatMap((item) => (item.kind === "text" ? [item.marked] : [])).join(" "),
  images: items.filter((item) => item.kind === "image"),
});
