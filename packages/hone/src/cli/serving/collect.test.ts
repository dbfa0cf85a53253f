import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { command } from "./collect.ts";
import type { Interrupt } from "../interrupt.ts";
import { testStreams } from "../terminal/streams-fixture.ts";
import { Terminal } from "../terminal/terminal.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

describe("hone collect --json", () => {
  it("says where it listens, takes spans until Ctrl-C and says what it stored", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hone-cli-collect-"));
    folders.push(folder);
    const streams = testStreams();
    const pressed = new AbortController();
    const store = `files:${folder}`;
    const running = command.run({
      values: [],
      flags: { store, host: "127.0.0.1", port: 0, maxSize: 64, redact: true },
      terminal: new Terminal(streams, true),
      signal: pressed.signal,
      interrupt: {} as Interrupt,
    });
    while (streams.written.stdout === "") await sleep(5);
    const { url } = JSON.parse(streams.written.stdout) as { url: string };
    const ids = { traceId: "a".repeat(32), spanId: "b".repeat(16), parentSpanId: "c".repeat(16) };
    const span = { ...ids, name: "run", startTimeUnixNano: "1736424000000000000" };
    const sent = await fetch(`${url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    });
    expect(sent.status).toBe(200);
    pressed.abort();
    await running;
    const lines = streams.written.stdout.trim().split("\n");
    expect(JSON.parse(lines.at(-1)!)).toEqual({ traces: 1, spans: 1, rewards: 0, rejected: 0 });
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });
});
