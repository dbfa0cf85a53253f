/** A store over HTTP keeps the contracts of stores and queues, and loses nothing when its server dies and comes back. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Clock } from "../../core/clock.ts";
import type { RolloutQueue } from "../../ports/rollout-queue.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { openRemoteQueue } from "../../remote/remote-queue.ts";
import { openRemoteStore } from "../../remote/remote-store.ts";
import type { RemoteOptions } from "../../remote/store-connection.ts";
import type { Listening } from "../../server/listen.ts";
import { listenFor } from "../../server/serving-listener.ts";
import { storeApp } from "../../server/store-app.ts";
import { memoryStore } from "../../store/memory-store.ts";
import { openSqliteQueue, openSqliteStore } from "../../store/sqlite/sqlite-store.ts";
import { rolloutQueueContract } from "../../testing/rollout-queue-contract.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { traceStoreContract } from "../../testing/trace-store-contract.ts";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { openStore } from "../open-store.ts";
import { serveStore } from "./serve-store.ts";

let root = "";
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-served-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const newFile = (): string => join(root, `${made++}.db`);

const ends: (() => Promise<unknown>)[] = [];
const end = async (): Promise<void> => {
  for (const one of ends.splice(0).toReversed()) await one();
};
afterEach(end);

/** Serves an open store, or the queue of a file. */
async function listenTo(parts: {
  readonly store: TraceStore;
  readonly queue?: () => Promise<RolloutQueue>;
  readonly port?: number;
  readonly quietMs?: number;
  readonly requestBytes?: number;
}): Promise<Listening> {
  const app = storeApp({
    queue: undefined,
    problems: () => [],
    requestBytes: 2 ** 20,
    key: undefined,
    onError: (error) => {
      throw error;
    },
    ...parts,
  });
  const limits = { requestMs: 10_000, readMs: 10_000 };
  return listenFor(app, { host: "127.0.0.1", port: parts.port ?? 0, limits });
}

let address = "";

traceStoreContract("served", {
  open: async () => {
    const listening = await listenTo({ store: memoryStore() });
    ends.push(() => listening.close({ timeoutMs: 0 }));
    address = listening.url;
    return openRemoteStore(address);
  },
  reopen: () => openRemoteStore(address),
  clean: end,
});

let file = "";

/** Each worker's clock is that of a server of its own on the same file: over HTTP the queue's time is the server's. */
const servedQueue = async (clock: Clock): Promise<RolloutQueue> => {
  const store = await openSqliteStore(file);
  const queue = await openSqliteQueue(file, { clock });
  const listening = await listenTo({ store, queue: async () => queue });
  ends.push(
    () => store.close(),
    () => queue.close(),
    () => listening.close({ timeoutMs: 0 }),
  );
  return openRemoteQueue(listening.url);
};

rolloutQueueContract("served", {
  open: (clock) => {
    file = newFile();
    return servedQueue(clock);
  },
  join: servedQueue,
  clean: end,
});

describe("a server that dies and comes back", () => {
  it("loses nothing that it acknowledged, and its clients go on", async () => {
    const store = `sqlite:${newFile()}`;
    const first = await serveStore({ store, port: 0 });
    const port = Number(new URL(first.url).port);
    const waits: string[] = [];
    const client = await openStore(first.url, { onWaiting: (reason) => waits.push(reason) });
    ends.push(() => client.close());
    const traces = sampleTraces(4);
    await client.put(traces.slice(0, 2));
    await first.close({ timeoutMs: 0 });
    const written = client.put(traces.slice(2));
    const read = client.get(traces[0]!.id);
    await expect.poll(() => waits.length).toBeGreaterThan(1);
    const second = await serveStore({ store, port });
    ends.push(() => second.close());
    await written;
    expect(await read).toEqual(traces[0]);
    expect(await client.query()).toMatchObject({ traces: { length: 4 } });
    expect(waits[0]).toContain("ECONNREFUSED");
  });

  it("is asked for the rest of a list that it broke off", async () => {
    const store = memoryStore();
    await store.put(sampleTraces(40));
    let isBroken = false;
    let asked = 0;
    const breaking = {
      ...store,
      async *summaries(filter = {}) {
        asked++;
        let count = 0;
        for await (const summary of store.summaries(filter)) {
          if (!isBroken && ++count > 20) return cut();
          yield summary;
        }
      },
    };
    const listening = await listenTo({ store: breaking });
    const cut = async (): Promise<void> => {
      isBroken = true;
      await listening.close({ timeoutMs: 0 });
      const again = await listenTo({ store: breaking, port: Number(new URL(listening.url).port) });
      ends.push(() => again.close({ timeoutMs: 0 }));
    };
    const client = await openRemoteStore(listening.url);
    ends.push(() => client.close());
    const ids: string[] = [];
    for await (const { id } of client.summaries()) ids.push(id);
    const expected: string[] = [];
    for await (const { id } of store.summaries()) expected.push(id);
    expect(ids).toEqual(expected);
    expect(asked).toBe(2);
  });

  /** A server whose answers to a list of traces are these texts; to all else it answers as a store. */
  const scripted = async (answers: () => string): Promise<string> => {
    const server = createServer((request, response) => {
      if (request.url?.endsWith("/info") !== true) return response.end(answers());
      return response.end('{"end":{"requestBytes":1000,"hasQueue":true}}\n');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ends.push(async () => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it("is given up when it breaks off every answer before an item", async () => {
    let asked = 0;
    const url = await scripted(() => {
      asked++;
      return "\n";
    });
    const client = await openRemoteStore(url, { retryMs: 200 });
    ends.push(() => client.close());
    const read = (async () => {
      for await (const { id } of client.summaries()) throw new Error(id);
    })();
    await expect(read).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    // After pauses of 50 and 100 ms.
    expect(asked).toBeLessThan(5);
  });

  it("is given up when it accepts a request and never answers", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    ends.push(async () => {
      silent.closeAllConnections();
      silent.close();
    });
    const { port } = silent.address() as AddressInfo;
    await expect(openRemoteStore(`http://127.0.0.1:${port}`, { openMs: 50 })).rejects.toMatchObject(
      { code: "STORE_UNREACHABLE", facts: { reason: expect.stringContaining("nothing came") } },
    );
  });

  it("is given up after the time for retries", async () => {
    const options: RemoteOptions = { openMs: 100 };
    await expect(openRemoteStore("http://127.0.0.1:9", options)).rejects.toMatchObject({
      code: "STORE_UNREACHABLE",
    });
  });
});

describe("commands on a served store", () => {
  const key = "a-long-random-text";
  const run = async (words: readonly string[], url: string, given?: string) =>
    commandLine([...words, "--store", url], {
      folder: root,
      environment: { HONE_STORE_KEY: given, HONE_AUTHOR: "ada" },
    });
  const start = async (): Promise<string> => {
    const serving = await serveStore({ store: `sqlite:${newFile()}`, port: 0, key });
    ends.push(() => serving.close());
    return serving.url;
  };

  it("list traces and give feedback with the key, and show it nowhere", async () => {
    const url = await start();
    const [trace] = sampleTraces(1);
    const store = await openStore(url, { key });
    await store.put([trace!]);
    await store.close();
    const listed = await run(["traces", "list", "--json"], url, key);
    expect(listed).toMatchObject({ code: 0, stderr: "" });
    expect(listed.stdout).toContain(trace!.id);
    const row = { kind: "rating", id: "r", author: "ada", at: 1, traceId: trace!.id };
    const said = JSON.stringify({ ...row, rating: 4, low: 1, high: 5 });
    await writeFile(join(root, "said.jsonl"), `${said}\n`);
    const imported = await run(["feedback", "import", "said.jsonl"], url, key);
    expect(imported.code).toBe(0);
    expect(listed.stdout + imported.stdout + imported.stderr).not.toContain(key);
    const again = await openStore(url, { key });
    ends.push(() => again.close());
    expect((await again.get(trace!.id))!.feedback).toMatchObject([{ id: "r", rating: 4 }]);
  });

  it("are refused without the key, by another and by another server, each with a code", async () => {
    const url = await start();
    for (const given of [undefined, "another"]) {
      const refused = await run(["traces", "list", "--json"], url, given);
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain("STORE_REFUSED");
      expect(refused.stderr).toContain("HONE_STORE_KEY");
    }
    const other = createServer((_, response) => response.end("<html>hello</html>\n"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    ends.push(async () => other.close());
    const { port } = other.address() as AddressInfo;
    await expect(openStore(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: "STORE_REFUSED",
      facts: { reason: expect.stringContaining("status 200") },
    });
  });

  it("show the key to no other server, and none with a line break, which no message shows", async () => {
    const shown: (string | undefined)[] = [];
    const other = createServer(({ headers }, response) => {
      shown.push(headers.authorization);
      response.writeHead(401).end('{"error":"who are you?"}\n');
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    ends.push(async () => other.close());
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await expect(openStore(url, { key })).rejects.toMatchObject({ code: "STORE_REFUSED" });
    expect(shown).toEqual([undefined]);
    const refused = await run(["traces", "list", "--json"], url, `${key}\n`);
    expect(refused.stderr).toContain("STORE_KEY_INVALID");
    expect(refused.stderr).not.toContain(key);
    expect(shown).toHaveLength(1);
  });

  it("name the address and not the file behind it in errors", async () => {
    const url = await start();
    const missing = await run(["traces", "show", "nobody", "--json"], url, key);
    expect(missing.code).not.toBe(0);
    const store = await openStore(url, { key });
    ends.push(() => store.close());
    const span = sampleTraces(1)[0]!.spans[0]!;
    await expect(store.append({ spans: [span] })).rejects.toMatchObject({
      code: "TRACE_NOT_FOUND",
      facts: { store: url },
    });
  });

  it("need an address without a key in it, and a key on other hosts than this machine", async () => {
    await expect(openStore("https://ada:secret@traces.example")).rejects.toSatisfy(
      (error: Error) =>
        error.message.includes("HONE_STORE_KEY") && !error.message.includes("secret"),
    );
    await expect(serveStore({ store: "memory:", host: "0.0.0.0" })).rejects.toMatchObject({
      code: "STORE_KEY_MISSING",
    });
  });
});

describe("a request that is too large", () => {
  it("is divided where traces are written whole, and else refused so that the writer halves it", async () => {
    const listening = await listenTo({ store: memoryStore(), requestBytes: 60_000 });
    ends.push(() => listening.close({ timeoutMs: 0 }));
    const store = await openRemoteStore(listening.url);
    ends.push(() => store.close());
    const traces = sampleTraces(40);
    expect(JSON.stringify(traces).length).toBeGreaterThan(60_000);
    await store.put(traces);
    expect((await store.query({ limit: 100 })).traces).toHaveLength(40);
    const spans = traces.flatMap((trace) => trace.spans);
    await expect(store.append({ spans })).rejects.toMatchObject({ code: "TRACE_INVALID" });
  });
});

it("sends empty lines while a store is slow, which the client does not take for an answer", async () => {
  const slow: TraceStore = {
    ...memoryStore(),
    check: async () => {
      await sleep(120);
      return [];
    },
  };
  const listening = await listenTo({ store: slow, quietMs: 20 });
  ends.push(() => listening.close({ timeoutMs: 0 }));
  const store = await openRemoteStore(listening.url, { quietMs: 80, retryMs: 0 });
  ends.push(() => store.close());
  expect(await store.check()).toEqual([]);
});
