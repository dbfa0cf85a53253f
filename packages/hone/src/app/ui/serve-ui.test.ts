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
  readonly rows: readonly { readonly step: number }[];
  readonly next: number;
  readonly store: string;
  readonly traces: readonly { readonly status: string }[];
  readonly trace_id: string;
  readonly spans: readonly unknown[];
  readonly groups: readonly { readonly count: number }[];
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
    expect(await json("/api/runs/comparison?names=one,two")).toEqual({
      groups: [["one"], ["two"]],
      settings: [
        { key: "seed", values: ["3", "4"] },
        { key: "width", values: ["32", "64"] },
      ],
    });
  });

  it("gives the numbers of steps from a place on, and null for what is no number", async () => {
    const first = await json("/api/runs/one/metrics");
    expect(first.rows).toMatchObject([
      { section: "grpo", step: 1, values: { reward: 0.5, entropy: null } },
    ]);
    expect(await json(`/api/runs/one/metrics?from=${first.next}`)).toEqual({
      rows: [],
      next: first.next,
    });
    run.tracker.scalars("grpo", 2, { reward: 0.75 });
    const { rows, next } = await json(`/api/runs/one/metrics?from=${first.next}`);
    expect(rows).toMatchObject([{ step: 2 }]);
    // Of a file that a resume has cut and written anew, all rows come again.
    for (const from of [next + 1000, next - 1]) {
      const again = await json(`/api/runs/one/metrics?from=${from}`);
      expect(again.rows.map(({ step }) => step)).toEqual([1, 2]);
    }
  });

  it("sends rows as they come, only those that a client that comes back has not seen, and the end of the run", async () => {
    const { next } = await json("/api/runs/one/metrics");
    const answer = await fetch(`${ui.url}/api/runs/one/events`, {
      headers: { "last-event-id": `${next}` },
    });
    expect(answer.headers.get("content-type")).toMatch("text/event-stream");
    const events = textOf(answer);
    run.tracker.scalars("grpo", 3, { reward: 1 });
    const seen = await events.until("metrics");
    expect(seen).toMatch(/id: \d+\nevent: metrics\ndata: \{"rows":\[\{"section":"grpo","step":3/);
    await run.close();
    expect(await events.until("status")).toMatch('event: status\ndata: {"status":"stopped"}');
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
    const { groups } = await json("/api/traces/statistics?by=agent");
    expect(groups.map(({ count }) => count).reduce((a, b) => a + b)).toBe(120);
  });

  it.each([
    ["/api/traces?limit=many", 400, "UI_REQUEST_INVALID"],
    ["/api/traces?colour=red", 400, "UI_REQUEST_INVALID"],
    ["/api/traces?cursor=x", 400, "TRACE_QUERY_INVALID"],
    ["/api/traces/nobody", 404, "TRACE_NOT_FOUND"],
    ["/api/runs/three", 404, "RUN_NOT_FOUND"],
    ["/api/runs/..%2Felsewhere", 404, "RUN_NOT_FOUND"],
    ["/api/runs/..%2Felsewhere/metrics", 404, "RUN_NOT_FOUND"],
    ["/api/nothing", 404, "SERVE_PATH_UNKNOWN"],
    ["/assets/..%2f..%2fpackage.json", 404, "SERVE_PATH_UNKNOWN"],
  ])("refuses %s", async (path, status, code) => {
    const answer = await fetch(ui.url + path);
    expect([answer.status, ((await answer.json()) as Answer).error.code]).toEqual([status, code]);
  });

  it("says which file of a run is damaged, and lists the others", async () => {
    const damaged = await createRunFolder({
      name: "math",
      out: join(folder, "runs/three"),
      config: {},
    });
    await damaged.close();
    await appendFile(join(folder, "runs/three/metrics.jsonl"), "no JSON\n");
    expect((await json("/api/runs/three/metrics")).error).toMatchObject({ code: "FILE_DAMAGED" });
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
    const [at] = keyed.url.split("/#");
    expect(keyed.url).toBe(`${at}/#key=a%20key`);
    const ask = async (path: string, key?: string): Promise<number> =>
      (
        await fetch(
          at + path,
          key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
        )
      ).status;
    expect([
      await ask("/"),
      await ask("/api/runs"),
      await ask("/api/runs", "b"),
      await ask("/api/runs", "a key"),
    ]).toEqual([200, 401, 401, 200]);
    await keyed.close();
  });

  it("shows runs where there is no store, unless one was named", async () => {
    const before = process.env["HONE_STORE"];
    process.env["HONE_STORE"] = `sqlite:${join(folder, "absent.db")}`;
    const without = await serveUi({ runs: folder, port: 0 });
    expect(await json("/api/traces", without.url)).toEqual({ traces: [] });
    await without.close();
    await expect(serveUi({ store: process.env["HONE_STORE"], port: 0 })).rejects.toThrow(
      "STORE_NOT_FOUND",
    );
    if (before === undefined) delete process.env["HONE_STORE"];
    else process.env["HONE_STORE"] = before;
  });
});

/** The status of a request with headers that `fetch` does not let one set. */
const statusWith = (path: string, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(ui.url + path, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on("error", reject)
      .end();
  });

/** The text of an answer as it comes. */
function textOf(answer: Response): { until(word: string): Promise<string> } {
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  return {
    until: async (word) => {
      for (let text = ""; ;) {
        const { value, done } = await reader.read();
        text += value ?? "";
        if (text.includes(`event: ${word}`) && text.endsWith("\n\n")) return text;
        if (done) throw new Error(`the answer ended: ${text}`);
      }
    },
  };
}
