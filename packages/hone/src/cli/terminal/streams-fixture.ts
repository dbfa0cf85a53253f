/** Streams for tests: what is written is kept, nothing reaches a terminal. */
import { PassThrough } from "node:stream";
import type { Streams } from "./terminal.ts";

export interface TestStreams extends Streams {
  readonly written: { readonly stdout: string; readonly stderr: string };
}

/** @param isTerminal whether stdout and stderr say they are a terminal */
export function testStreams(isTerminal = false): TestStreams {
  const collect = (): { readonly stream: NodeJS.WriteStream; readonly text: () => string } => {
    const chunks: string[] = [];
    const stream = new PassThrough();
    stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
    const facts = { isTTY: isTerminal, columns: 60 };
    return {
      stream: Object.assign(stream, facts) as unknown as NodeJS.WriteStream,
      text: () => chunks.join(""),
    };
  };
  const [stdout, stderr] = [collect(), collect()];
  return {
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
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
