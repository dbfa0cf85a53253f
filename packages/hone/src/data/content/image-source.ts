/** Where an image of a page is, also where a script of the page loads it later and an empty picture stands in its place. */

/** Attributes in which scripts keep the address of an image that is loaded when it comes into view. */
const lateSources = ["data-src", "data-lazy-src", "data-original"] as const;

/** The same with several sizes, after HTML's own. */
const sourceSets = ["srcset", "data-srcset", "data-lazy-srcset"] as const;

/**
 * The address of an image by the attributes of its tag: `src`, unless that is missing, empty or holds the picture's data; then the address
 * that a script would load, or the largest of those in `srcset`.
 * @returns undefined for a tag without any
 * @example imageSource({ src: "data:image/gif;base64,R0", "data-src": "pump.png" }); // "pump.png"
 */
export function imageSource(attributes: Readonly<Record<string, string>>): string | undefined {
  const src = attributes["src"]?.trim();
  if (src !== undefined && isAddress(src)) return src;
  const late = lateSources.map((name) => attributes[name]?.trim() ?? "").find(isAddress);
  return late ?? sourceSets.map((name) => largestOf(attributes[name] ?? "")).find(isText) ?? src;
}

const isAddress = (text: string): boolean => text !== "" && !/^data:/i.test(text);

const isText = (text: string | undefined): boolean => text !== undefined;

/** The address with the largest width or density of a set such as "small.png 400w, large.png 800w". */
function largestOf(set: string): string | undefined {
  const [largest] = set
    .split(/,\s+/)
    .map((candidate) => candidate.trim().split(/\s+/))
    .flatMap(([url = "", size = "1x"]) =>
      isAddress(url) ? [{ url, size: Number.parseFloat(size) || 0 }] : [],
    )
    .toSorted((a, b) => b.size - a.size);
  return largest?.url;
}
