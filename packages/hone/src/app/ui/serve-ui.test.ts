import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRunFolder } from "../../runs/open-run.ts";
import type { RunFolder } from "../../runs/run-folder.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { openStore } from "../open-store.ts";
import { serveUi, type ServingUi } from "./serve-ui.ts";

let folder = "";
let run: RunFolder;
let ui: ServingUi;
const traces = sampleTraces(120);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-ui-"));
  const root = join(folder, "runs");
  run = await createRunFolder({
    name: "math",
    out: join(root, "one"),
    config: { command: "run math", seed: 3, width: 32 },
  });
  run.tracker.scalars("grpo", 1, { reward: 0.5, entropy: Number.NaN });
  const other = await createRunFolder({
    name: "math",
    out: join(root, "two"),
    config: { command: "run math", seed: 4, width: 64 },
  });
  await other.close();
  // A run elsewhere, which no name reaches.
  await (
    await createRunFolder({ name: "else", out: join(folder, "elsewhere"), config: {} })
  ).close();
  const url = `sqlite:${join(folder, "traces.db")}`;
  const store = await openStore(url);
  await store.put(traces);
  await store.close();
  ui = await serveUi({ runs: root, store: url, port: 0 });
});
afterAll(async () => {
  await ui.close();
  await rm(folder, { recursive: true, force: true });
});

/** What is read of answers here. */
interface Answer {
  readonly runs: readonly { readonly name: string; readonly status: string }[];
  readonly next: string;
  readonly store: string;
  readonly traces: readonly { readonly status: string }[];
  readonly trace_id: string;
  readonly spans: readonly unknown[];
  readonly error: { readonly code: string };
}

const json = async (path: string, at = ui.url): Promise<Answer> =>
  (await fetch(at + path)).json() as Promise<Answer>;

describe("the dashboard's server", () => {
  it("lists runs with their state and what made them", async () => {
    const { runs } = await json("/api/runs");
    expect(runs).toMatchObject([
      { name: "two", status: "stopped", command: "run math", seed: 4 },
      { name: "one", status: "running", seed: 3 },
    ]);
  });

  it("shows one run, and two side by side", async () => {
    expect(await json("/api/runs/one")).toMatchObject({ config: { width: 32 }, checkpoints: [] });
    expect(await json("/api/comparison?run=one&run=two")).toEqual({
      groups: [["one"], ["two"]],
      settings: [
        { key: "seed", values: ["3", "4"] },
        { key: "width", values: ["32", "64"] },
      ],
    });
  });

  it("sends numbers of several runs as they come, and only what a client that comes back has not seen", async () => {
    const first = await eventsOf("/api/metrics?run=one&run=two");
    expect(await first.next("sign")).toMatchObject({ data: { run: "one", status: "running" } });
    const { id, data } = await first.next("metrics");
    // What is no number travels as null; histograms stay in the file.
    expect(data).toMatchObject({ run: "one", hasMore: false, isAnew: false });
    expect(data["rows"]).toEqual([
      {
        section: "grpo",
        step: 1,
        time: expect.any(String),
        values: { reward: 0.5, entropy: null },
      },
    ]);
    expect(await first.next("sign")).toMatchObject({ data: { run: "two", status: "stopped" } });
    run.tracker.scalars("grpo", 2, { reward: 0.75 });
    expect((await first.next("metrics")).data).toMatchObject({ rows: [{ step: 2 }] });
    await first.end();

    run.tracker.scalars("grpo", 3, { reward: 1 });
    const again = await eventsOf("/api/metrics?run=one&run=two", id);
    expect((await again.next("metrics")).data).toMatchObject({ rows: [{ step: 2 }, { step: 3 }] });
    await run.close();
    expect(
      (await again.next("sign", (sign) => sign["run"] === "one" && sign["status"] === "stopped"))
        .data,
    ).toEqual({
      run: "one",
      status: "stopped",
    });
    await again.end();
  });

  it("sends all rows anew of a file that a resume has cut", async () => {
    for (const place of ["99999,0", "3,0"]) {
      const events = await eventsOf("/api/metrics?run=one&run=two", place);
      const { data } = await events.next("metrics");
      expect(data).toMatchObject({
        run: "one",
        isAnew: true,
        rows: [{ step: 1 }, {}, { step: 3 }],
      });
      await events.end();
    }
  });

  it("begins at the beginning where a client says what no event has said", async () => {
    for (const place of ["-5,0", "x", "1,2,3"]) {
      const events = await eventsOf("/api/metrics?run=one&run=two", place);
      const { data } = await events.next("metrics");
      expect(data).toMatchObject({
        run: "one",
        isAnew: false,
        rows: [{ step: 1 }, {}, { step: 3 }],
      });
      await events.end();
    }
  });

  it("gives traces by pages and conditions, whole ones, and counts", async () => {
    const first = await json("/api/traces?limit=100");
    expect([first.store, first.traces.length]).toEqual([
      `sqlite:${join(folder, "traces.db")}`,
      100,
    ]);
    const second = await json(`/api/traces?limit=100&cursor=${first.next}`);
    expect([second.traces.length, second.next]).toEqual([20, undefined]);
    const failed = await json("/api/traces?status=failed&agent=&order=reward");
    expect(new Set(failed.traces.map(({ status }) => status))).toEqual(new Set(["failed"]));
    const [one] = traces;
    const whole = await json(`/api/traces/${one!.id}`);
    expect([whole.trace_id, whole.spans.length]).toEqual([one!.id, one!.spans.length]);
  });

  it.each([
    ["/api/traces?limit=many", 400, "UI_REQUEST_INVALID"],
    ["/api/traces?colour=red", 400, "UI_REQUEST_INVALID"],
    ["/api/traces?cursor=x", 400, "TRACE_QUERY_INVALID"],
    ["/api/traces/nobody", 404, "TRACE_NOT_FOUND"],
    ["/api/runs/three", 404, "RUN_NOT_FOUND"],
    ["/api/runs/..%2Felsewhere", 404, "RUN_NOT_FOUND"],
    ["/api/metrics?run=..%2Felsewhere", 404, "RUN_NOT_FOUND"],
    ["/api/metrics", 400, "UI_REQUEST_INVALID"],
    ["/api/comparison?run=one&run=three", 404, "RUN_NOT_FOUND"],
    ["/api/nothing", 404, "SERVE_PATH_UNKNOWN"],
    ["/assets/..%2f..%2fpackage.json", 404, "SERVE_PATH_UNKNOWN"],
  ])("refuses %s", async (path, status, code) => {
    const answer = await fetch(ui.url + path);
    expect([answer.status, ((await answer.json()) as Answer).error.code]).toEqual([status, code]);
    // A problem is an answer like any other.
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("says which file of a run is damaged, and lists the others", async () => {
    const damaged = await createRunFolder({
      name: "math",
      out: join(folder, "runs/three"),
      config: {},
    });
    await damaged.close();
    await appendFile(join(folder, "runs/three/metrics.jsonl"), "no JSON\n");
    const events = await eventsOf("/api/metrics?run=three");
    const { data } = await events.next("sign", ({ problem }) => problem !== undefined);
    expect(data["problem"]).toMatch(/^FILE_DAMAGED/);
    await events.end();
    await writeFile(join(folder, "runs/three/run.json"), "{");
    const { runs } = await json("/api/runs");
    expect(runs.find(({ name }) => name === "three")?.status).toBe("damaged");
    await rm(join(folder, "runs/three"), { recursive: true });
  });
});

describe("the page", () => {
  it("comes with a policy that allows only this server's scripts, for every address of a page", async () => {
    for (const path of ["/", "/runs/one", "/traces?agent=a"]) {
      const answer = await fetch(ui.url + path);
      expect(await answer.text()).toMatch('<div id="page">');
      expect(answer.headers.get("content-security-policy")).toMatch(
        /default-src 'none'; script-src 'self';/,
      );
      expect(answer.headers.get("x-frame-options")).toBe("DENY");
    }
  });

  it("is not served under a name that another site may have made its own", async () => {
    for (const headers of [{ host: "evil.example" }, { origin: "http://evil.example" }])
      for (const path of ["/", "/api/runs"]) expect(await statusWith(path, headers)).toBe(403);
  });

  it("of another address needs a key, which the data are asked with and the page is not", async () => {
    await expect(serveUi({ runs: folder, host: "0.0.0.0", port: 0 })).rejects.toThrow(
      "UI_KEY_MISSING",
    );
    const keyed = await serveUi({ runs: folder, port: 0, key: "a key" });
    expect(keyed.keyedUrl).toBe(`${keyed.url}/#key=a%20key`);
    const ask = (path: string, key?: string) =>
      statusWith(
        path,
        // Behind a proxy it has another name.
        { host: "hone.example", ...(key !== undefined && { authorization: `Bearer ${key}` }) },
        keyed.url,
      );
    expect(await ask("/")).toBe(200);
    expect(await ask("/api/runs")).toBe(401);
    expect(await ask("/api/runs", "b")).toBe(401);
    expect(await ask("/api/runs", "a key")).toBe(200);
    await keyed.close();
  });

  it("shows runs where there is no store, unless one was named", async () => {
    const before = process.env["HONE_STORE"];
    process.env["HONE_STORE"] = `sqlite:${join(folder, "absent.db")}`;
    const without = await serveUi({ runs: folder, port: 0 });
    expect(await json("/api/traces", without.url)).toEqual({ traces: [], hasPrices: false });
    await without.close();
    await expect(serveUi({ store: process.env["HONE_STORE"], port: 0 })).rejects.toThrow(
      "STORE_NOT_FOUND",
    );
    if (before === undefined) delete process.env["HONE_STORE"];
    else process.env["HONE_STORE"] = before;
  });
});

/** The status of a request with headers that `fetch` does not let one set. */
const statusWith = (
  path: string,
  headers: Record<string, string>,
  at = ui.url,
): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(at + path, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on("error", reject)
      .end();
  });

interface ServerEvent {
  readonly id: string;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events of a stream, from what a client has seen on. */
async function eventsOf(path: string, seen?: string) {
  const headers = seen === undefined ? {} : { "last-event-id": seen };
  const answer = await fetch(ui.url + path, { headers });
  expect(answer.headers.get("content-type")).toMatch("text/event-stream");
  expect(answer.headers.get("content-security-policy")).toMatch("default-src 'none'");
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const one = async (): Promise<ServerEvent> => {
    while (!text.includes("\n\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the stream ended: ${text}`);
      text += value;
    }
    const [event = "", ...rest] = text.split("\n\n");
    text = rest.join("\n\n");
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(event)?.[1] ?? "";
    return {
      id: field("id"),
      name: field("event"),
      data: JSON.parse(field("data")) as ServerEvent["data"],
    };
  };
  return {
    /** The next event of this name for which the condition holds. */
    next: async (name: string, holds: (data: ServerEvent["data"]) => boolean = () => true) => {
      for (;;) {
        const event = await one();
        if (event.name === name && holds(event.data)) return event;
      }
    },
    end: () => reader.cancel(),
  };
}
