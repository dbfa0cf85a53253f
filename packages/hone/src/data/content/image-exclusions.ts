/** Images that teach nothing: badges, pixels that count readers, images without an address. */
import type { ImageItem } from "./document-items.ts";

/** Why an image is left out, by the key it is counted under. */
export const exclusionReasons = {
  badge: "a badge of a build, a version or a licence",
  pixel: "a pixel that counts readers",
  no_address: "no address",
  embedded: "its data are in the document",
  missing: "its file does not exist",
  outside: "its file would lie outside of the documents and the public folders of their site",
  duplicate: "the image is kept once, where most is known of it",
  confidence: "below the confidence that was asked for",
} as const;
/** See `exclusionReasons`. */
export type ExclusionReason = keyof typeof exclusionReasons;

const badges: readonly RegExp[] = [
  /^(?:https?:)?\/\/(?:img|raster)\.shields\.io\//,
  /^(?:https?:)?\/\/(?:www\.)?colab\.research\.google\.com\/assets\/colab-badge/,
  /^(?:https?:)?\/\/(?:www\.)?badge\.fury\.io\//,
  /^(?:https?:)?\/\/(?:[\w-]+\.)?travis-ci\.(?:org|com)\//,
  /^(?:https?:)?\/\/(?:[\w-]+\.)*circleci\.com\//,
  /^(?:https?:)?\/\/(?:www\.)?codecov\.io\//,
  /^(?:https?:)?\/\/(?:www\.)?mybinder\.org\/badge/,
  // GitHub's badges of workflows, in both forms.
  /^(?:https?:)?\/\/github\.com\/[^/]+\/[^/]+\/(?:actions\/)?workflows\/.+\/badge\.svg/,
];

const pixels =
  /(?:^|\/\/)(?:[\w-]+\.)?(?:google-analytics\.com|hits\.\w+\.\w+|static\.scarf\.sh)\/|\/(?:pixel|spacer|blank|1x1|beacon)\.(?:gif|png)\b/i;

/** Why an image is left out by its address and size alone; undefined for one that may be kept. */
export function excludedBy({ url, size }: ImageItem): ExclusionReason | undefined {
  if (url === "") return "no_address";
  if (/^data:/i.test(url)) return "embedded";
  if (badges.some((pattern) => pattern.test(url))) return "badge";
  const isPoint = size !== undefined && size.every((pixelCount) => pixelCount <= 1);
  return isPoint || pixels.test(url) ? "pixel" : undefined;
}
