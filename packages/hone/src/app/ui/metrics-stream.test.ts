/** Many who follow one run at once. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createRunFolder } from "../../runs/open-run.ts";
import type { RunFolder } from "../../runs/run-folder.ts";
import { metricsWatch } from "../../server/ui/metrics-watch.ts";
import { runLibrary } from "./run-library.ts";
import { serveUi, type ServingUi } from "./serve-ui.ts";

let folder = "";
let run: RunFolder;
let ui: ServingUi;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-ui-many-"));
  run = await createRunFolder({ name: "math", out: join(folder, "one"), config: {} });
  for (let step = 1; step <= 2000; step++)
    run.tracker.scalars("grpo", step, { reward: step === 1234 ? 9 : 0 });
  ui = await serveUi({ runs: folder, port: 0 });
});
afterAll(async () => {
  await run.close();
  await ui.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a stream has sent so far. */
interface Viewer {
  text(): string;
  end(): Promise<void>;
}

async function view(query: string): Promise<Viewer> {
  const answer = await fetch(`${ui.url}/api/metrics?run=one${query}`);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  void (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
    }
  })().catch(() => undefined);
  return { text: () => text, end: () => reader.cancel() };
}

describe("the stream of a run's numbers", () => {
  it("gives 200 viewers every step, the steps of before condensed with their peak", async () => {
    const viewers = await Promise.all(
      Array.from({ length: 200 }, () => view("&history=condensed")),
    );
    const all = (word: string) => () =>
      viewers.filter((viewer) => viewer.text().includes(word)).length;
    await expect.poll(all('"reward":9')).toBe(200);
    expect(viewers[0]!.text().split('"step":').length).toBeLessThan(1000);
    for (const step of [2001, 2002, 2003]) {
      run.tracker.scalars("grpo", step, { reward: 0.5 });
      await expect.poll(all(`"step":${step},`)).toBe(200);
    }
    await Promise.all(viewers.map((viewer) => viewer.end()));
  });

  it("looks at a run once for all who follow it, and no more when the last has gone", async () => {
    const library = runLibrary(folder);
    const looks = vi.spyOn(library, "status");
    const watch = metricsWatch(library, 10);
    const followers = Array.from({ length: 50 }, () => watch.follow("one"));
    const reads = vi.spyOn(library, "metrics");
    const { next } = await followers[0]!.history();
    await Promise.all(followers.map((one) => one.history()));
    await Promise.all(followers.map((one) => one.rows(next)));
    expect([looks.mock.calls.length < 50, reads.mock.calls.length]).toEqual([true, 2]);
    const { signal } = new AbortController();
    const changed = Promise.all(followers.map((one) => one.changed(one.version(), signal)));
    run.tracker.scalars("grpo", 2004, { reward: 0.5 });
    await changed;
    for (const one of followers) one.leave();
    await expect
      .poll(async () => {
        const before = looks.mock.calls.length;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return looks.mock.calls.length - before;
      })
      .toBe(0);
  });
});
