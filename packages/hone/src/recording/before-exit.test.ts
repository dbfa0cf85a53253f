import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const tracing = new URL("./start-tracing.ts", import.meta.url).href;

/** A program with a store in its own thread that takes 5 ms for a batch, or never answers. */
const program = (app: string, exitTimeoutMs: number): string => `
  import { startTracing } from ${JSON.stringify(tracing)};
  const written = [];
  let answers = true;
  const write = async (batch) => {
    await new Promise((resolve) => (answers ? setTimeout(resolve, 5) : undefined));
    written.push(...JSON.parse(batch.join("")).spans.map(({ content }) => content));
  };
  const writer = () => ({ url: "slow:", write, close: async () => undefined });
  const { tracer } = startTracing(writer, "slow:", { exitTimeoutMs: ${exitTimeoutMs} });
  const record = (content) => {
    const trace = tracer.trace({ agent: "a", task: "t" });
    trace.span({ kind: "content", content }).end();
    trace.end();
  };
  let rounds = 0;
  process.on("exit", () => console.log(JSON.stringify({ written, rounds })));
  ${app}
`;

/** What it wrote, how often its own listener ran, what it said in the end, and how long it took. */
async function ran(app: string, exitTimeoutMs = 40_000) {
  const args = ["--input-type=module", "--eval", program(app, exitTimeoutMs)];
  const began = performance.now();
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 55_000 });
  const { written, rounds } = JSON.parse(stdout) as { written: string[]; rounds: number };
  return { written, rounds, said: stderr.trim(), ms: performance.now() - began };
}

it("writes what the app records in work that it begins when it would end, time after time", async () => {
  const app = `
    record("first");
    process.on("beforeExit", () => {
      if (++rounds <= 3) setTimeout(() => record("more " + rounds), 20);
    });`;
  const { written, said } = await ran(app);
  expect(said).toBe("");
  expect(written).toEqual(["first", "more 1", "more 2", "more 3"]);
});

it("waits once for a store that never answers", async () => {
  const app = `
    answers = false;
    record("first");
    process.on("beforeExit", () => {
      if (++rounds <= 8) setTimeout(() => record("more"), 1);
    });`;
  const { written, rounds, said, ms } = await ran(app, 2000);
  expect([written, rounds]).toEqual([[], 9]);
  expect(said).toMatch(/9 spans were not recorded in slow:/);
  // Nine times would be 18 s at least.
  expect(ms).toBeLessThan(18_000);
});

it("lets a process end whose own listener, before ours, records something each time", async () => {
  const app = `
    record("first");
    process.prependListener("beforeExit", () => record("end " + ++rounds));`;
  const { written, rounds } = await ran(app);
  expect([written, rounds]).toEqual([["first", "end 1"], 2]);
});

/** What a program says whose store takes nothing before it is closed, and whose spans are kept in a file. */
async function saidOfKept(url: string): Promise<string> {
  const app = `
    import { startTracing } from ${JSON.stringify(tracing)};
    const never = () => new Promise(() => {});
    const keep = () => () => undefined;
    const writer = () => ({ url: "", write: never, keep, close: async () => undefined });
    const { tracer, close } = startTracing(writer, ${JSON.stringify(url)});
    tracer.trace({ agent: "a", task: "t" }).span({ kind: "content", content: "c" }).end();
    await close({ timeoutMs: 50 });`;
  const args = ["--input-type=module", "--eval", app];
  return (await promisify(execFile)(process.execPath, args, { timeout: 55_000 })).stderr;
}

it("says what writes the spans that a server's store did not take in time, and nothing where the store is a file", async () => {
  const [served, local] = await Promise.all(["https://slow", "sqlite:slow.db"].map(saidOfKept));
  expect(served).toMatch(
    /^hone: 1 span was kept until https:\/\/slow is next opened; `npx hone traces list --store`/,
  );
  expect(local).toBe("");
});
