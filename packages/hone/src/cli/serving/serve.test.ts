import { join } from "node:path";
import { expect, it } from "vitest";
import { runCommandLine } from "../run-command.ts";
import { testStreams } from "../terminal/streams-fixture.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");

it("serves under --json, too: a line with the address and the domain, and an end by Ctrl-C", async () => {
  const streams = testStreams();
  const place = ["--port", "0", "--threads", "1", "--json"];
  const words = ["serve", model, "--domain", "math", "--prompt", "compact", ...place];
  const ended = runCommandLine(words, streams);
  await expect.poll(() => streams.written.stdout, { timeout: 60_000 }).toContain("\n");
  const [line] = streams.written.stdout.split("\n");
  const { url, ...said } = JSON.parse(line!) as { readonly url: string };
  expect(said).toEqual({
    event: "listening",
    baseUrl: `${url}/v1`,
    models: [model],
    domain: "math",
  });
  expect((await fetch(`${url}/health`)).ok).toBe(true);
  const solve = (problem: string) => fetch(`${url}/solve?problem=${problem}`, { method: "POST" });
  expect((await solve("2x%3D4")).status).toBe(200);
  expect((await solve("2y%3D4")).status).toBe(400);
  process.emit("SIGINT");
  expect(await ended).toBe(130);
  expect(streams.written.stdout.trim().split("\n").slice(1)).toEqual(['{"event":"stopped"}']);
});
