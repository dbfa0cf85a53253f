/** The dashboard in a real browser, over a real store and a run that is being written. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { serveUi, type ServingUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import type { Trace } from "../../packages/hone/src/core/trace.ts";
import { createRunFolder } from "../../packages/hone/src/runs/open-run.ts";
import type { RunFolder } from "../../packages/hone/src/runs/run-folder.ts";
import { sampleTraces } from "../../packages/hone/src/testing/sample-traces.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";

const script = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>`;

/** A trace of which every text would be a script, were it read as HTML. */
function hostileTrace(): Trace {
  const [trace] = sampleTraces(1, { first: 5000 });
  const spans = trace!.spans.map((span) => ({
    ...span,
    traceId: "hostile",
    name: script,
    ...(span.kind === "tool" && { result: { html: script }, toolName: script }),
    ...(span.kind === "prompt" && {
      input: [
        { role: "user" as const, content: script, images: [{ url: "javascript:window.ran=1" }] },
      ],
      output: script,
    }),
    ...((span.kind === "content" || span.kind === "reasoning") && { content: script }),
  }));
  return { ...trace!, id: "hostile", task: script, agent: script, spans };
}

describe.skipIf(!hasBrowser)("the dashboard", () => {
  let folder = "";
  let browser: Browser;
  let ui: ServingUi;
  let run: RunFolder;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-ui-e2e-"));
    const url = `sqlite:${join(folder, "traces.db")}`;
    const store = await openStore(url);
    await store.put([...sampleTraces(300), hostileTrace()]);
    await store.close();
    const root = join(folder, "runs");
    for (const [name, seed] of [
      ["seed-0", 0],
      ["seed-1", 1],
    ] as const) {
      const done = await createRunFolder({
        name,
        out: join(root, name),
        config: { command: "run math", seed },
      });
      for (let step = 1; step <= 20; step++)
        done.tracker.scalars("grpo", step, { reward: step / 20 + seed / 10, entropy: 1 / step });
      await done.close();
    }
    run = await createRunFolder({
      name: "live",
      out: join(root, "live"),
      config: { command: "run math", seed: 7 },
    });
    run.tracker.scalars("grpo", 1, { reward: 0.25 });
    ui = await serveUi({ runs: root, store: url, port: 0 });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await ui.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("shows runs, and the numbers of one while they are written", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(ui.url);
    await page.getByRole("grid", { name: "Runs" }).getByText("live").click();
    await page.getByRole("heading", { name: "live" }).waitFor();
    const chart = page.locator("figure", { hasText: "reward" });
    await expect.poll(() => chart.innerText()).toContain("0.25");
    run.tracker.scalars("grpo", 2, { reward: 0.875 });
    await expect.poll(() => chart.innerText()).toContain("0.875");
    await run.close();
    await page.getByText("stopped").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("lays runs over one another, seeds as one, under an address that can be shared", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/runs`);
    for (const name of ["seed-0", "seed-1"])
      await page.getByRole("row", { name }).locator(".check").click();
    await page.getByRole("link", { name: "Compare 2 runs" }).click();
    await page.getByText("None but the seed.").waitFor();
    expect(new URL(page.url()).search).toBe("?run=seed-0&run=seed-1");
    await expect
      .poll(() => page.locator("figure", { hasText: "reward" }).innerText())
      .toContain("1.05");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("filters traces as one types, and shows a span that is chosen by keyboard, both in the address", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/traces`);
    const table = page.getByRole("grid", { name: "Traces" });
    await table.getByRole("row").nth(1).waitFor();
    await page.getByRole("textbox", { name: "Agent" }).fill("planner");
    await page.waitForURL("**/traces?agent=planner");
    await expect.poll(() => table.getByText("agent_1").count()).toBe(0);
    await table.getByRole("row").filter({ hasText: "planner" }).first().press("Enter");
    await page.waitForURL("**/traces/sample-*");
    const tree = page.getByRole("treegrid", { name: "Spans" });
    await tree.getByRole("row").first().focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/traces/*?span=*");
    await page
      .getByRole("region", { name: "Span" })
      .getByRole("heading", { name: "Facts" })
      .waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("shows what stands in a trace as text, and runs none of it", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/traces/hostile`);
    const rows = page.getByRole("treegrid", { name: "Spans" }).getByRole("row");
    await rows.first().waitFor();
    for (let i = 0; i < (await rows.count()); i++) {
      await rows.nth(i).click();
      await page.getByRole("region", { name: "Span" }).getByText("onerror").first().waitFor();
    }
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(await page.locator("main img, main script, main a[href^=javascript]").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("says what is wrong and the way out, and which command fills an empty place", async () => {
    const { page } = await openPage(browser);
    await page.goto(`${ui.url}/traces/nobody`);
    await page.getByRole("alert").getByText("TRACE_NOT_FOUND").waitFor();
    const empty = await serveUi({
      runs: join(folder, "none"),
      store: `sqlite:${join(folder, "traces.db")}`,
      port: 0,
    });
    await page.goto(empty.url);
    await page.getByText("npx hone run math").waitFor();
    await page.close();
    await empty.close();
  });
});
