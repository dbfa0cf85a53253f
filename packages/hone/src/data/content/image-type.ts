/** What an image shows, by its words and its file name. */
import type { ImageType } from "../../core/image-pair.ts";

/** What is read of an image. */
interface NamedImage {
  readonly url: string;
  readonly alt: string;
  readonly title?: string | undefined;
  readonly caption?: string | undefined;
}

/** Words by the type they speak for. The first row with a word that occurs decides. */
const words: readonly (readonly [ImageType, RegExp])[] = [
  ["logo", /\b(logos?|logotype|brand ?mark|wordmark)\b/],
  ["icon", /\b(icons?|favicon|glyph|avatar)\b/],
  ["animation", /\b(animat(?:ed|ion)s?|demo gif|screen ?cast|recording)\b|\.(?:gif|apng)\b/],
  ["screenshot", /\bscreen ?(?:shots?|captures?|grabs?)\b/],
  [
    "diagram",
    /\b(diagrams?|architecture|schema(?:tic)?s?|flow ?charts?|topology|blueprint|uml|wiring)\b/,
  ],
  ["chart", /\b(charts?|graphs?|plots?|histograms?|curves?|heat ?maps?|benchmarks?)\b/],
  ["photo", /\b(photos?|photographs?|portraits?|selfie)\b/],
  ["diagram", /\b(flow|pipeline|sequence|overview|workflow|hierarchy|layers?|structure)\b/],
  [
    "screenshot",
    /\b(dialog|window|page|dashboard|console|panel|menu|settings|editor|terminal|ui|gui|view|form|tab)\b/,
  ],
  ["photo", /\.jpe?g\b/],
];

/** @example imageType({ url: "img/flow-chart.png", alt: "How a request travels" }); // "diagram" */
export function imageType({ url, alt, title = "", caption = "" }: NamedImage): ImageType {
  const text = `${alt} ${title} ${caption} ${fileName(url)}`
    .toLowerCase()
    .replaceAll(/[_-]+/g, " ");
  return words.find(([, pattern]) => pattern.test(text))?.[0] ?? "other";
}

/** The last part of an address, without what is asked of it. */
const fileName = (url: string): string =>
  url
    .replace(/[?#].*$/, "")
    .split("/")
    .at(-1) ?? "";
