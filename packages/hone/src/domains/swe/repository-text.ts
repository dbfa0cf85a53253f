/** The files of a repository in one text, each behind a line `=== path`. */
import type { Files } from "./tasks.ts";

/** What was read; with `problem` it is no repository. */
export interface ReadRepository {
  readonly files: Files;
  /** Tests that decide, by the paths that they run at. Where none are given, those that the agent sees. */
  readonly hidden: Files;
  /** Why it cannot be used, as the end of a sentence. */
  readonly problem?: string;
}

/** The line before a file, with its path. */
export const fileLine = /^=== +(\S+) *$/m;

/** Where the tests that decide stand in the text. */
const hiddenFolder = "hidden/";

/** The text of a repository; the other way is `readRepository`. */
export const repositoryText = ({
  files,
  hidden,
}: Pick<ReadRepository, "files" | "hidden">): string =>
  [
    ...Object.entries(files),
    ...Object.entries(hidden).map(
      ([path, text]) => [path.replace(/^test\//, hiddenFolder), text] as const,
    ),
  ]
    .map(([path, text]) => `=== ${path}\n${text.endsWith("\n") ? text : `${text}\n`}`)
    .join("");

/** @example readRepository("=== src/a.js\nexports.a = 1;\n=== test/a.test.js\n…"); */
export function readRepository(text: string): ReadRepository {
  const parts = text.split(fileLine);
  const all: Record<string, string> = {};
  for (let i = 1; i < parts.length; i += 2) all[parts[i]!] = parts[i + 1]!.replace(/^\n/, "");
  const hidden = Object.entries(all).filter(([path]) => path.startsWith(hiddenFolder));
  const files = Object.fromEntries(
    Object.entries(all).filter(([path]) => !path.startsWith(hiddenFolder)),
  );
  const tests = Object.entries(files).filter(([path]) => path.startsWith("test/"));
  const deciding = hidden.length > 0 ? hidden : tests;
  const read = {
    files,
    hidden: Object.fromEntries(
      deciding.map(([path, content]) => [path.replace(hiddenFolder, "test/"), content]),
    ),
  };
  if (Object.keys(all).length === 0)
    return { ...read, problem: "no line `=== path` begins a file" };
  const outside = Object.keys(all).find((path) => /^\/|(?:^|\/)\.\.(?:\/|$)/.test(path));
  if (outside !== undefined) return { ...read, problem: `${outside} is outside of the repository` };
  return tests.length === 0 ? { ...read, problem: "it has no file under test/" } : read;
}
