/** Streams for tests, which keep what is written to them. */
import { PassThrough } from "node:stream";
import type { OutputStream, Streams } from "./terminal.ts";

/** Streams whose stdin a test writes to, and whose output it reads. */
export interface TestStreams extends Streams {
  readonly stdin: PassThrough;
  /** Everything that was written so far. */
  readonly written: { readonly stdout: string; readonly stderr: string };
}

/** New streams. @param isTerminal whether stdout and stderr say that they are a terminal, 60 columns wide */
export function testStreams(isTerminal = false): TestStreams {
  const collect = (): { readonly stream: OutputStream; readonly text: () => string } => {
    const chunks: string[] = [];
    const stream = new PassThrough();
    stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
    const facts = { isTTY: isTerminal, columns: 60 };
    return { stream: Object.assign(stream, facts), text: () => chunks.join("") };
  };
  const [stdout, stderr] = [collect(), collect()];
  return {
    stdin: new PassThrough(),
    stdout: stdout.stream,
    stderr: stderr.stream,
    written: {
      get stdout() {
        return stdout.text();
      },
      get stderr() {
        return stderr.text();
      },
    },
  };
}
