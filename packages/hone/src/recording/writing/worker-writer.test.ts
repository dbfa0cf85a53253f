import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { leastTime } from "../../../../../test/doubles/least-time.ts";
import { isError } from "../../core/errors.ts";
import { workerWriter } from "./worker-writer.ts";

const empty = ['{"heads":[],', '"spans":[]}'];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-writer-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A thread whose store runs this text for every batch. */
async function threadOf(name: string, append: string, open = ""): Promise<URL> {
  const file = join(folder, `${name}.ts`);
  const serve = new URL("./writer-thread.ts", import.meta.url).href;
  const errors = new URL("../../core/errors.ts", import.meta.url).href;
  await writeFile(
    file,
    `import { workerData } from "node:worker_threads";
     import { serveTraceWriter } from ${JSON.stringify(serve)};
     import { HoneError } from ${JSON.stringify(errors)};
     let count = 0;
     serveTraceWriter(workerData, async () => {
       ${open}
       return { append: async (batch) => { count++; ${append} }, close: async () => undefined };
     });`,
  );
  return pathToFileURL(file);
}

const blockFor = (ms: number): string =>
  `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms});`;

describe("a writer in a thread", () => {
  it("leaves the event loop free while the store blocks its own thread", async () => {
    const writer = workerWriter(await threadOf("blocked", blockFor(300)), "test:");
    const longestGap = async (): Promise<number> => {
      const written = writer.write(empty);
      let longest = 0;
      let last = performance.now();
      const ticks = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 5);
      await written;
      clearInterval(ticks);
      return longest;
    };
    expect(await leastTime(200, longestGap)).toBeLessThan(200);
    await writer.close(1000);
  });

  it("hands over texts of any letters and lengths, several at once", async () => {
    const append =
      'if (batch.text !== String.fromCodePoint(batch.letter).repeat(batch.count)) throw new Error("other text");';
    const writer = workerWriter(await threadOf("texts", append), "test:");
    const cases = [0x61, 0xe9, 0x20ac, 0x1f30a].flatMap((letter) =>
      [1, 70_000, 400_000].map((count) => ({ letter, count })),
    );
    const writes = cases.map(({ letter, count }) => {
      const text = String.fromCodePoint(letter).repeat(count);
      return writer.write([`{"letter":${letter},"count":${count},"text":"`, text, '"}']);
    });
    await expect(Promise.all(writes)).resolves.toHaveLength(12);
    await writer.close(1000);
  });

  it("hands on the store's errors with their codes, and those of opening", async () => {
    const refuse = 'throw new HoneError("TRACE_INVALID", { name: "span 1", problem: "bad" });';
    const invalid = workerWriter(await threadOf("invalid", refuse), "test:");
    await expect(invalid.write(empty)).rejects.toSatisfy((e) => isError(e, "TRACE_INVALID"));
    const broken = workerWriter(
      await threadOf("broken", "", 'throw new Error("no such disk");'),
      "test:",
    );
    await expect(broken.write(empty)).rejects.toThrow(/TRACES_NOT_WRITTEN.*no such disk/);
    await Promise.all([invalid.close(1000), broken.close(1000)]);
  });

  it("starts again when its thread died", async () => {
    const writer = workerWriter(
      await threadOf("dying", "if (batch.die) process.exit(1);"),
      "test:",
    );
    await expect(writer.write(['{"die":true}'])).rejects.toThrow(/stopped before/);
    await sleep(20);
    await expect(writer.write(empty)).resolves.toBeUndefined();
    await writer.close(1000);
  });

  it("does not run the app's preloads", async () => {
    const preload = join(folder, "preload.mjs");
    await writeFile(preload, "globalThis.preloaded = true;");
    const append = "if (globalThis.preloaded) throw new Error('preloaded');";
    vi.stubEnv("NODE_OPTIONS", `--import=${pathToFileURL(preload).href}`);
    try {
      const writer = workerWriter(await threadOf("preloaded", append), "test:");
      await expect(writer.write(empty)).resolves.toBeUndefined();
      await writer.close(1000);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("writes while this thread stands still, and stops at the deadline", async () => {
    const count = "if (count > 3) " + blockFor(20_000);
    const writer = workerWriter(await threadOf("now", count), "test:");
    expect(writer.writeNow!([empty, empty, empty], 30_000)).toEqual({ batches: 3 });
    const late = (): void => {
      expect(writer.writeNow!([empty, empty], 100)).toEqual({ batches: 0 });
    };
    expect(await leastTime(400, late)).toBeLessThan(400);
    await writer.close(10);
  });

  it("goes on after it wrote while this thread stood still: who waited for a batch hears of it", async () => {
    const writer = workerWriter(await threadOf("going", blockFor(20)), "test:");
    const before = writer.write(empty);
    expect(writer.writeNow!([empty], 3000)).toEqual({ batches: 1 });
    await expect(before).resolves.toBeUndefined();
    await expect(writer.write(empty)).resolves.toBeUndefined();
    await writer.close(1000);
  });
});

describe("a program that has nothing to do but await a write", () => {
  /** The exit code of such a program. It runs in a thread, which ends like a process when nothing keeps it alive. */
  async function exitCode(keepsAlive: boolean): Promise<unknown> {
    const writer = JSON.stringify(new URL("./worker-writer.ts", import.meta.url).href);
    const thread = JSON.stringify(await threadOf("awaited", blockFor(50)));
    const file = join(folder, `awaits-${keepsAlive}.mjs`);
    await writeFile(
      file,
      `import { workerWriter } from ${writer};
       const writer = workerWriter(new URL(${thread}), "test:", undefined, ${keepsAlive});
       await writer.write(${JSON.stringify(empty)});`,
    );
    const [code] = await once(new Worker(file, { execArgv: [] }), "exit");
    return code;
  }
  const unsettledAwait = 13;

  it("goes on after it where the writer keeps it alive, and then ends by itself", async () => {
    expect(await exitCode(true)).toBe(0);
  });

  it("ends before it where the writer does not, as recorded apps do", async () => {
    expect(await exitCode(false)).toBe(unsettledAwait);
  });
});

describe("two copies of hone in one process", () => {
  it("share the trace that runs", async () => {
    const [own, { keepingSink }] = await Promise.all([
      import("../create-tracer.ts"),
      import("../../testing/keeping-sink.ts"),
    ]);
    const { trace } = await import("../manual-spans.ts");
    vi.resetModules();
    const other = await import("../manual-spans.ts");
    expect(other.tool).not.toBe((await import("../create-tracer.ts")).createTracer);
    expect(other.trace).not.toBe(trace);
    const sink = keepingSink();
    const tracer = own.createTracer({ sink });
    await trace(tracer, { agent: "a", task: "t" }, async () => other.tool("add", {}, () => 4));
    expect(sink.spans).toMatchObject([{ kind: "tool", toolName: "add", result: 4 }]);
  });
});
