/**
 * Labels such as "agent 2" in place of members' names, so that members judge answers and not their authors.
 *
 * The seed decides which member gets which label, and answers are shown in the order of labels, so that neither tells
 * who answered first. A member's name within a text is replaced by its label.
 */
import { HoneError } from "../../core/errors.ts";
import { Random } from "../../core/random.ts";

/** The labels of one team. */
export interface TeamLabels {
  /** The label of a member. */
  labelOf(name: string): string;
  /** The member a vote means, however it spells the label; undefined for anything else. */
  memberOf(label: string): string | undefined;
  /** The text with every name replaced by its label, as a word of its own and in any case. */
  scrub(text: string): string;
  /** Names in the order in which their answers are shown. */
  readonly order: readonly string[];
}

/** Styles of labels, tried in turn until no label contains a member's name: a member may be called "agent 1" or "A". */
const styles = ["agent", "peer", "colleague"].flatMap((word) => [
  (i: number) => `${word} ${i + 1}`,
  (i: number) => `${word} ${letters(i)}`,
]);

/** Makes the labels of a team. @throws OPTION_INVALID when every style of labels contains a member's name */
export function teamLabels(names: readonly string[], seed: number): TeamLabels {
  const order = new Random(seed, "labels").shuffle(names);
  const pattern = namePattern(names);
  const style = styles.find((label) => !names.some((_, i) => hasMatch(pattern, label(i))));
  if (style === undefined) {
    throw new HoneError("OPTION_INVALID", {
      where: "teamEvents",
      option: "members",
      got: names.map((name) => JSON.stringify(name)).join(", "),
      expected: 'names that leave one of "agent", "peer" and "colleague" free as a label',
    });
  }
  const byName = new Map(order.map((name, i) => [name, style(i)]));
  const byLabel = new Map(order.map((name, i) => [spelling(style(i)), name]));
  const byFold = new Map(names.map((name) => [fold(name), byName.get(name)!]));
  return {
    order,
    labelOf: (name) => byName.get(name)!,
    memberOf: (label) => byLabel.get(spelling(label)),
    scrub: (text) => replaceAll(text, pattern, (found) => byFold.get(fold(found)) ?? style(0)),
  };
}

const letters = (i: number): string =>
  (i < 26 ? "" : letters(Math.floor(i / 26) - 1)) + String.fromCharCode(65 + (i % 26));

/** "Agent 1", "agent_1" and "agent1" are the same label. */
const spelling = (label: string): string => label.toLowerCase().replaceAll(/[\s_-]/g, "");

const fold = (name: string): string => name.normalize("NFKC").toLowerCase();

/** Matches every name as a word of its own, the longest first. */
function namePattern(names: readonly string[]): RegExp {
  const parts = names
    .toSorted((a, b) => b.length - a.length)
    .map((name) => {
      const escaped = name.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
      const start = /^[\p{L}\p{N}]/u.test(name) ? "(?<![\\p{L}\\p{N}])" : "";
      const end = /[\p{L}\p{N}]$/u.test(name) ? "(?![\\p{L}\\p{N}])" : "";
      return `${start}${escaped}${end}`;
    });
  return new RegExp(parts.join("|"), "giu");
}

function hasMatch(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text);
}

/** Replaces all matches, repeatedly, because an inserted label can complete a name that was not there before. */
function replaceAll(text: string, pattern: RegExp, by: (found: string) => string): string {
  let result = text;
  for (let pass = 0; pass < 10 && hasMatch(pattern, result); pass++) {
    result = result.replaceAll(pattern, by);
  }
  return hasMatch(pattern, result) ? result.replaceAll(pattern, "…") : result;
}
