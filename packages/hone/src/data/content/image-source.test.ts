/** The addresses of images that a page loads at once or later. */
import { expect, it } from "vitest";
import { imageSource } from "./image-source.ts";

const empty = "data:image/gif;base64,R0lGODlhAQ,";

it.each([
  [{ src: "a.png", "data-src": "b.png", srcset: "c.png 800w" }, "a.png"],
  [{ src: empty, "data-src": " b.png " }, "b.png"],
  [{ "data-original": "b.png" }, "b.png"],
  [{ src: "", "data-lazy-src": "b.png", srcset: "c.png" }, "b.png"],
  [{ src: empty, srcset: "s.png 400w, l.png?a=1,2 1200w, m.png 800w" }, "l.png?a=1,2"],
  [{ src: empty, "data-srcset": `${empty} 1x, c.png 2x` }, "c.png"],
  [{ src: empty }, empty],
  [{ alt: "" }, undefined],
])("%j: %j", (attributes, expected) => {
  expect(imageSource(attributes)).toBe(expected);
});
