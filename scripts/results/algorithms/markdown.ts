/** Tables and numbers of the page. */

/** A table, its heads first. */
export const markdown = ([heads, ...rows]: readonly (readonly string[])[]): string =>
  [heads!, heads!.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** A share as percent, with a minus sign where it is below 0. */
export const number = (share: number): string => (100 * share).toFixed(1).replace("-", "−");
