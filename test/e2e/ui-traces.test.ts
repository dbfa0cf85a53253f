/** Counts, differences and teams of traces in a real browser, over a real store. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { serveUi, type ServingUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import { orderSpans, type Trace } from "../../packages/hone/src/core/trace.ts";
import type { CoordinationSpan, ToolSpan } from "../../packages/hone/src/core/span.ts";
import { sampleTraces } from "../../packages/hone/src/testing/sample-traces.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";

const script = `<img src=x onerror="window.ran=1"><svg onload="window.ran=1">`;

/** A trace of two agents whose texts would be scripts, were they read as HTML. */
function teamTrace(): Trace {
  const [trace] = sampleTraces(1, { first: 900 });
  const event = (name: string, agent: string, details: CoordinationSpan["details"]) => ({
    ...{ kind: "coordination" as const, traceId: "team", attributes: { attempt: 1 } },
    ...{ event: name, agent, details, startedAt: trace!.startedAt, endedAt: trace!.startedAt },
  });
  const spans = [
    event("new_answer", "ada", { round: 1, text: script }),
    event("vote", "ben", { round: 2, choice: "ada" }),
  ].map((span, sequence) => ({ ...span, id: `event-${sequence}`, sequence }));
  return { ...trace!, id: "team", session: "s'1", user: "ada", spans: orderSpans(spans) };
}

/** A trace of ten thousand spans, a hundred below each of a hundred; one of them failed. */
function wideTrace(): Trace {
  const [trace] = sampleTraces(1, { first: 901 });
  const spans = Array.from({ length: 10_000 }, (_, i): ToolSpan => ({
    ...{ id: `wide-${i}`, traceId: "wide", sequence: i, kind: "tool", toolName: `tool ${i}` },
    ...(i % 100 !== 0 && { parentId: `wide-${i - (i % 100)}` }),
    ...{ startedAt: trace!.startedAt + i, endedAt: trace!.startedAt + i + 5, attributes: {} },
    ...{ arguments: { number: i }, result: `result ${i}` },
    ...(i === 7654 && { error: { message: "the only one that failed" } }),
  }));
  return { ...trace!, id: "wide", spans };
}

describe.skipIf(!hasBrowser)("counts and differences of traces", () => {
  let folder = "";
  let browser: Browser;
  let ui: ServingUi;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-ui-traces-"));
    const url = `sqlite:${join(folder, "traces.db")}`;
    const store = await openStore(url);
    await store.put([...sampleTraces(60), teamTrace(), wideTrace()]);
    await store.close();
    const prices = join(folder, "prices.json");
    await writeFile(prices, JSON.stringify({ "openai/gpt-4o": { input: 2.5, output: 10 } }));
    ui = await serveUi({ runs: join(folder, "none"), store: url, prices, port: 0 });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await ui.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("leads from a session to its traces, keeps a view, and shows what goes wrong", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/analysis/sessions`);
    await page.getByRole("grid", { name: "Sessions" }).getByText("s'1").click();
    await page.waitForURL("**/traces?session=*");
    await page.getByRole("button", { name: "Saved views" }).click();
    await page.getByLabel("Name of what is shown").fill("mine");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Forget mine" }).waitFor();
    await page.goto(`${ui.url}/analysis/errors`);
    const timeouts = page.locator(".error-group", { hasText: "ETIMEDOUT: timed out" });
    const link = timeouts.getByRole("link", { name: /^\d+ traces?$/ });
    const count = Number.parseInt(await link.innerText(), 10);
    expect(count).toBeGreaterThan(0);
    await link.click();
    await page.waitForURL("**/traces?error=ETIMEDOUT*");
    const list = page.getByRole("grid", { name: "Traces" }).getByRole("row");
    await expect.poll(() => list.count()).toBe(count);
    await page.goto(`${ui.url}/analysis/times?by=agent`);
    await page.locator("figure", { hasText: "cost of a trace" }).first().waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("shows a trace of ten thousand spans: to its end by keyboard, and to the one that failed", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/traces/wide`);
    const spans = page.getByRole("treegrid", { name: "Spans" });
    await spans.getByText("tool 0", { exact: true }).click();
    const span = page.getByRole("region", { name: "Span" });
    await span.getByText("result 0", { exact: true }).waitFor();
    await page.keyboard.press("End");
    await spans.getByText("tool 9999", { exact: true }).waitFor();
    await page.keyboard.press("Space");
    await span.getByText("result 9999", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Next error (1)" }).click();
    await span.getByText("the only one that failed").first().waitFor();
    // Only spans in sight are in the page.
    expect(await spans.getByRole("row").count()).toBeLessThan(100);
    await page.getByRole("button", { name: "Collapse all" }).click();
    await expect.poll(() => spans.getByText("tool 7654", { exact: true }).count()).toBe(0);
    await spans.getByText("tool 9900", { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("shows two traces side by side, and a team by rounds, all as text", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/analysis/diff?trace=sample-1&trace=sample-2`);
    await page.locator("ins").first().waitFor();
    await page.locator("del").first().waitFor();
    await page.goto(`${ui.url}/traces/team`);
    const team = page.getByRole("region", { name: "Team" });
    await team.getByText("onerror").first().waitFor();
    expect(await team.getByRole("row", { name: "ben" }).innerText()).toContain("for ada");
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("writes what is shown as a file that commands read", async () => {
    const asked = await fetch(`${ui.url}/api/trace-export?form=traces&agent=planner`);
    const lines = (await asked.text()).trim().split("\n");
    const agents = lines.map((line) => (JSON.parse(line) as { agent_id: string }).agent_id);
    expect(new Set(agents)).toEqual(new Set(["planner"]));
    const none = await fetch(`${ui.url}/api/trace-export?form=messages&agent=nobody`);
    expect([none.status, await none.text()]).toEqual([404, expect.stringContaining("TRACES_NONE")]);
  });
});
