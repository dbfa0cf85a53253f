import { join } from "node:path";
import { expect, it } from "vitest";
import { runCommandLine } from "../run-command.ts";
import { testStreams } from "../terminal/streams-fixture.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");

it("serves under --json, too: a line with the address, and an end by Ctrl-C", async () => {
  const streams = testStreams();
  const words = ["serve", model, "--port", "0", "--threads", "1", "--json"];
  const ended = runCommandLine(words, streams);
  await expect.poll(() => streams.written.stdout, { timeout: 60_000 }).toContain("\n");
  const [line] = streams.written.stdout.split("\n");
  const { event, url } = JSON.parse(line!) as { readonly event: string; readonly url: string };
  expect(event).toBe("listening");
  expect((await fetch(`${url}/health`)).ok).toBe(true);
  process.emit("SIGINT");
  expect(await ended).toBe(130);
});
