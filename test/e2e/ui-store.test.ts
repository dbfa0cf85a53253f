/** A store that dies under the dashboard and comes back, in a real browser. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { serveUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import { startPostgres } from "../../packages/hone/src/store/fixtures/postgres-fixture.ts";
import { sampleTraces } from "../../packages/hone/src/testing/sample-traces.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";

it.skipIf(!hasBrowser)(
  "says which store does not answer while PostgreSQL is away, and goes on by itself when it is back",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "hone-ui-store-"));
    const postgres = await startPostgres(["fsync=off"]);
    const browser = await openBrowser();
    const url = await postgres.freshUrl();
    const store = await openStore(url);
    await store.put(sampleTraces(30));
    const ui = await serveUi({ runs: join(folder, "none"), store: url, port: 0 });
    try {
      const { page } = await openPage(browser);
      await page.goto(`${ui.url}/traces`);
      const rows = page.getByRole("grid", { name: "Traces" }).getByRole("row");
      await rows.nth(1).waitFor();
      await postgres.kill();
      await page.getByRole("textbox", { name: "Agent" }).fill("planner");
      const problem = page.getByRole("alert");
      await problem.waitFor();
      const said = await problem.innerText();
      expect(said).toContain("STORE_UNREACHABLE");
      expect(said).toContain("127.0.0.1");
      expect(said).not.toContain(postgres.password);
      await postgres.start();
      await problem.waitFor({ state: "detached" });
      expect(await page.getByRole("textbox", { name: "Agent" }).inputValue()).toBe("planner");
      await expect.poll(() => rows.filter({ hasText: "agent_1" }).count()).toBe(0);
      await rows.filter({ hasText: "planner" }).first().waitFor();
    } finally {
      await browser.close();
      await ui.close();
      await store.close();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
);
