/** `hone sandbox run`: a program in a file, run in the sandbox of its language. */
import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { extname } from "node:path";
import { HoneError, messageOf } from "../../core/errors.ts";
import type {
  SandboxLanguage,
  SandboxLimits,
  SandboxProgram,
  SandboxResult,
} from "../../ports/sandbox.ts";
import { sandboxLanguages } from "./sandbox-languages.ts";
import { sandboxes, typedEndings } from "./sandboxes.ts";

/** What is run. */
export interface RunFileOptions extends Pick<SandboxProgram, "stdin" | "entry" | "seed"> {
  /** The path of the program. */
  readonly file: string;
  /** Its language. Default: by the ending of the file's name. */
  readonly language?: string | undefined;
  readonly limits: Partial<SandboxLimits>;
  readonly signal: AbortSignal;
}

/** What it did. */
export interface FileRun {
  readonly language: SandboxLanguage;
  /** What ran it, such as "quickjs". */
  readonly sandbox: string;
  readonly result: SandboxResult;
}

/**
 * Runs a file's program to its end, whatever that is. Of one in TypeScript the types are left out; nothing checks them.
 * @throws SANDBOX_PROGRAM_UNREADABLE; SANDBOX_TYPES_NEEDED; CONFIG_INVALID for a language that is unknown or not to be told from the name; CANCELLED
 *         after the signal; as `Sandbox.run`
 */
export async function runFile(options: RunFileOptions): Promise<FileRun> {
  const { file, language: named, limits, signal, ...program } = options;
  const language = languageOf(file, named);
  const text = await textOf(file);
  const isTyped = language === "javascript" && typedEndings.includes(endingOf(file));
  const code = isTyped ? withoutTypes(file, text) : text;
  const sandbox = sandboxes[language].open(limits);
  try {
    const result = await sandbox.run({ ...program, code }, { signal });
    return { language, sandbox: sandbox.name, result };
  } catch (error) {
    throw signal.aborted ? new HoneError("CANCELLED", { what: `The run of ${file}` }) : error;
  } finally {
    await sandbox.close();
  }
}

function languageOf(file: string, named: string | undefined): SandboxLanguage {
  const ending = endingOf(file);
  const found = sandboxLanguages.find((name) =>
    named === undefined ? sandboxes[name].endings.includes(ending) : name === named,
  );
  if (found !== undefined) return found;
  const got = named === undefined ? `the name ${file} does not tell` : `got "${named}"`;
  const problem = `expected ${sandboxLanguages.join(", ")}; ${got}.`;
  throw new HoneError("CONFIG_INVALID", { where: "--language", problem });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new HoneError("SANDBOX_PROGRAM_UNREADABLE", { file, reason: messageOf(error) });
  }
}

const endingOf = (file: string): string => extname(file).toLowerCase();

/** The program with spaces in place of its types, so that lines and columns stay. @throws SANDBOX_TYPES_NEEDED */
function withoutTypes(file: string, text: string): string {
  try {
    return withoutWarning(() => stripTypeScriptTypes(text));
  } catch (error) {
    throw new HoneError(
      "SANDBOX_TYPES_NEEDED",
      { file, reason: messageOf(error) },
      { cause: error },
    );
  }
}

/** Runs `work`, of which Node.js says on stderr, among what the program writes there, that it is an experimental feature. */
function withoutWarning<Value>(work: () => Value): Value {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
