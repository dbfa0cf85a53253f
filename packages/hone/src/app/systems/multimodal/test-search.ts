/** `hone run multimodal --test-only`: how often the search finds the images of held-out questions. */
import type { Documentation } from "../../../domains/multimodal/documentation.ts";

/** How far down the results it is looked. */
const places = [1, 3, 5] as const;

/** Questions whose results are shown. */
const SHOWN = 3;

/** The facts of the test, a line each. */
export function searchReport(
  { images, questions }: Documentation,
  { count, seed }: { readonly count: number; readonly seed: number },
): readonly string[] {
  const tasks = questions({ split: "test", count, seed }).filter(
    ({ helpful }) => helpful.length > 0,
  );
  const ranks = tasks.map(({ question, helpful }) =>
    images
      .search(question, { limit: Math.max(...places) })
      .findIndex(({ url }) => helpful.includes(url)),
  );
  const shares = places.map((place) => {
    const found = ranks.filter((rank) => rank >= 0 && rank < place).length;
    return `${found} of ${tasks.length} among the first ${place}`;
  });
  return [
    `${images.size} images, ${tasks.length} held-out questions that an image helps`,
    `a helpful image is found: ${shares.join(", ")}`,
    ...tasks
      .slice(0, SHOWN)
      .flatMap(({ question }) => [
        question,
        ...images
          .search(question, { limit: 3 })
          .map(({ score, type, alt, url }) => `  ${score.toFixed(2)}  ${type}: ${alt} (${url})`),
      ]),
  ];
}
