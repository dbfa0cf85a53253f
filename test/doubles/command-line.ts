/**
 * The command `hone` within the test's own process, for tests that ask what a command does and not how a process begins
 * and ends: starting a process costs a quarter of a second of a core, and more where the engine is opened.
 *
 * The folder, the environment and the listeners for signals belong to the whole process, so that commands take turns.
 */
import { runCommandLine } from "../../packages/hone/src/cli/run-command.ts";
import { testStreams } from "../../packages/hone/src/cli/terminal/streams-fixture.ts";

/** What a command left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** The folder it runs in. */
  readonly folder: string;
  /** Variables beside the test's own; undefined takes one away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Its whole stdin, as out of a pipe. Default: an empty one. */
  readonly input?: string;
}

let turn: Promise<unknown> = Promise.resolve();

/** Runs `hone <words>` when the commands before it have ended, and tells its output and exit code. */
export function commandLine(words: readonly string[], options: CommandOptions): Promise<Ended> {
  const ended = turn.then(() => run(words, options));
  turn = ended.catch(() => undefined);
  return ended;
}

async function run(words: readonly string[], options: CommandOptions): Promise<Ended> {
  const { folder, environment = {}, input = "" } = options;
  const streams = testStreams();
  streams.stdin.end(input);
  const before = { folder: process.cwd(), environment: { ...process.env } };
  process.chdir(folder);
  setEnvironment({ ...before.environment, ...environment });
  try {
    const code = await runCommandLine(words, streams);
    return { code, ...streams.written };
  } finally {
    process.chdir(before.folder);
    setEnvironment(before.environment);
  }
}

function setEnvironment(environment: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) {
    if (environment[name] === undefined) delete process.env[name];
  }
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined) process.env[name] = value;
  }
}
