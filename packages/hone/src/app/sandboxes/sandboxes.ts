/** The table of sandboxes: a row for each language. `hone sandbox run`, its help and `hone doctor` are made from it. */
import { isHoneError } from "../../core/errors.ts";
import type { Sandbox, SandboxLanguage, SandboxLimits } from "../../ports/sandbox.ts";
import { javascriptSandbox } from "../../sandbox/javascript-sandbox.ts";
import { processSandbox } from "../../sandbox/process-sandbox.ts";
import { pythonSandbox } from "../../sandbox/python-sandbox.ts";
import { shellSandbox } from "../../sandbox/shell-sandbox.ts";

/** A row of the table. */
interface SandboxRow {
  /** What its programs are run by, in words. */
  readonly runs: string;
  /** Endings of files whose programs it runs where no language is named. */
  readonly endings: readonly string[];
  /** Opens one for one program at a time. @throws where it cannot run here */
  readonly open: (limits: Partial<SandboxLimits>) => Sandbox;
}

/** Endings of programs in TypeScript, which run as JavaScript without their types. */
export const typedEndings: readonly string[] = [".ts", ".mts", ".cts"];

/** The sandboxes by language. */
export const sandboxes: Readonly<Record<SandboxLanguage, SandboxRow>> = {
  javascript: {
    runs: "programs in JavaScript run in QuickJS",
    endings: [".js", ".mjs", ".cjs", ...typedEndings],
    open: (limits) => javascriptSandbox({ limits, size: 1 }),
  },
  python: {
    runs: "programs in Python run in Pyodide",
    endings: [".py"],
    open: (limits) => pythonSandbox({ limits, size: 1 }),
  },
  shell: {
    runs: "shell scripts run in just-bash",
    endings: [".sh", ".bash"],
    open: (limits) => shellSandbox({ limits, size: 1 }),
  },
  process: {
    runs: "scripts run as processes under bubblewrap",
    endings: [],
    open: (limits) => processSandbox({ limits, size: 1 }),
  },
};

/** Whether the sandbox of a language can be used here, and what is missing otherwise. */
export type SandboxState =
  | { readonly isThere: true; readonly name: string }
  | { readonly isThere: false; readonly what: string; readonly fix: string };

/** The state of a language's sandbox. No program runs for it. */
export async function sandboxState(language: SandboxLanguage): Promise<SandboxState> {
  try {
    const sandbox = sandboxes[language].open({});
    await sandbox.close();
    return { isThere: true, name: sandbox.name };
  } catch (error) {
    if (!isHoneError(error)) throw error;
    const [what = "", fix = ""] = error.message.split("\n  → ");
    return { isThere: false, what: what.replace(`${error.code}: `, ""), fix };
  }
}
