/** Sources with places for bugs, «right¦wrong¦wrong», and names that differ from copy to copy, $x. */

/** A small library. */
export interface Library {
  readonly name: string;
  /** What each $name may be called. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** Lines of each file. A later file may use an earlier one. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  /** By name: an expression and its value for the test that the agent sees, then both of the hidden one. */
  readonly tests: Readonly<Record<string, readonly string[]>>;
}

/** A bug: a wrong text at one of a library's places. */
export interface Bug {
  readonly file: string;
  /** The number of the place in the file, from 0. */
  readonly place: number;
  /** Which of the place's texts, from 1; 0 is the right one. */
  readonly choice: number;
}

const placePattern = /«([^»]*)»/g;

/** All bugs that a library can have, in the order of its files and places. */
export const bugsOf = ({ sources }: Library): readonly Bug[] =>
  Object.entries(sources).flatMap(([file, lines]) =>
    [...lines.join("\n").matchAll(placePattern)].flatMap(([, texts = ""], place) =>
      texts
        .split("¦")
        .slice(1)
        .map((_, i) => ({ file, place, choice: i + 1 })),
    ),
  );

/** Which of its names each $name of a library has. */
export type ChosenNames = Readonly<Record<string, string>>;

/** The files of a copy with these bugs and names; without bugs it is right. */
export const filledSources = (
  { sources }: Library,
  bugs: readonly Bug[],
  names: ChosenNames,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(sources).map(([file, lines]) => [file, filled(file, lines, bugs, names)]),
  );

function filled(
  file: string,
  lines: readonly string[],
  bugs: readonly Bug[],
  names: ChosenNames,
): string {
  let place = 0;
  const text = lines.join("\n").replaceAll(placePattern, (_, texts: string) => {
    const own = place++;
    const bug = bugs.find((one) => one.file === file && one.place === own);
    return texts.split("¦")[bug?.choice ?? 0]!;
  });
  return `${text.replaceAll(/\$(\w+)/g, (_, name: string) => names[name]!)}\n`;
}

/** The tests of a library as the text of a file: those that the agent sees, or the hidden ones. */
export function testFile({ sources, tests }: Library, kind: "seen" | "hidden"): string {
  const at = kind === "seen" ? 0 : 2;
  const uses = Object.keys(sources).map((file) => `...require(\`../${file}\`)`);
  const rows = Object.entries(tests).map(
    ([name, texts]) => `test(\`${name}\`, () => equal(${texts[at]}, ${texts[at + 1]}));`,
  );
  const named = [...new Set(Object.values(tests).flatMap((texts) => usedNames(texts[at]!)))];
  return [`const { ${named.join(", ")} } = { ${uses.join(", ")} };`, ...rows, ""].join("\n");
}

/** Names of functions that an expression calls. */
const usedNames = (expression: string): readonly string[] =>
  [...expression.matchAll(/(?<![.\w])([a-z]\w*)\(/gi)].map(([, name]) => name!);
