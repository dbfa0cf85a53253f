/**
 * The shell of a repository. `ls`, `cat` and `grep` of plain words are answered here; any other script runs in just-bash, over a copy of
 * the files, where that package is installed.
 */
import { isError } from "../../core/errors.ts";
import type { Sandbox } from "../../ports/sandbox.ts";
import { shellSandbox } from "../../sandbox/shell-sandbox.ts";
import type { Files } from "./tasks.ts";
import { linesOf, own } from "./workspace.ts";

/** What a script said, and the files after it. */
export interface ScriptResult {
  /** Its output, then its errors. */
  readonly said: string;
  /** All files of the repository. */
  readonly files: Files;
}

/** Runs scripts over the files of a repository. */
export interface Shell {
  /** Runs a script; it changes nothing outside of what it returns. */
  run(files: Files, script: string): Promise<ScriptResult>;
  /** Ends the process. The next script starts a new one. */
  close(): Promise<void>;
}

/** Longest output that an agent reads, in characters. */
const maxSaid = 2_000;

/** A shell whose process starts with the first script that needs it. */
export function repositoryShell(): Shell {
  let sandbox: Sandbox | undefined;
  const full = async (files: Files, script: string): Promise<ScriptResult> => {
    try {
      sandbox ??= shellSandbox({ limits: { timeMs: 5_000, memoryMb: 256 } });
      const {
        stdout,
        stderr,
        failure,
        files: changed,
        removed,
      } = await sandbox.run({
        ...{ code: script, files },
      });
      const kept = Object.entries(files).filter(([path]) => !removed.includes(path));
      const texts = Object.entries(changed).map(([path, bytes]) => [path, textOf(bytes)] as const);
      const said = [stdout, stderr, failure?.kind === "limit" ? failure.message : ""].join("");
      return { said: cut(said), files: Object.fromEntries([...kept, ...texts]) };
    } catch (error) {
      if (!isError(error, "SANDBOX_PACKAGE_MISSING")) throw error;
      return { said: "only ls, cat and grep are here: just-bash is not installed", files };
    }
  };
  return {
    async run(files, script) {
      const said = plainCommand(files, script.trim());
      return said === undefined ? full(files, script) : { said: cut(said), files };
    },
    async close() {
      const open = sandbox;
      sandbox = undefined;
      await open?.close();
    },
  };
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const cut = (text: string): string => {
  const said = text.trimEnd();
  return said.length <= maxSaid ? said : `${said.slice(0, maxSaid)}…`;
};

/** What `ls`, `ls FOLDER`, `cat FILE`, `grep WORD FILE` and `grep -r WORD` say; undefined for any other script. */
function plainCommand(files: Files, script: string): string | undefined {
  const [name, ...given] = script.split(/\s+/);
  const words = given.map(withoutDots);
  // Anything that a shell would read in another way is a shell's.
  if (/[^\w\s./-]/.test(script) || words.some((word) => /\/\.?\/|\.\./.test(word)))
    return undefined;
  if (name === "ls" && words.length <= 1 && !words[0]?.startsWith("-"))
    return namesIn(files, words[0] ?? ".");
  if (name === "cat" && words.length === 1)
    return own(files, words[0]!) ?? `cat: ${words[0]}: No such file or directory`;
  if (name !== "grep" || words.length !== 2) return undefined;
  const [first = "", second = ""] = words;
  if (/^-[rn]+$/.test(first)) return matches(Object.entries(files), second);
  const text = own(files, second);
  return text === undefined ? undefined : matches([[second, text]], first);
}

/** A path without the folder that it is in anyway: "./src" is "src", "./" is ".". */
const withoutDots = (path: string): string => path.replace(/^(?:\.\/+)+/, "") || ".";

function namesIn(files: Files, folder: string): string {
  if (own(files, folder) !== undefined) return folder;
  const prefix = folder === "." ? "" : `${folder.replace(/\/$/, "")}/`;
  const names = Object.keys(files)
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length).split("/")[0]!);
  const found = [...new Set(names)].toSorted();
  return found.length === 0 ? `ls: ${folder}: No such file or directory` : found.join("\n");
}

/** Lines with a word, as "src/range.js:2:  if (x > low)". */
const matches = (files: readonly (readonly [string, string])[], word: string): string =>
  files
    .flatMap(([path, text]) =>
      linesOf(text).flatMap((line, i) => (line.includes(word) ? [`${path}:${i + 1}:${line}`] : [])),
    )
    .join("\n");
