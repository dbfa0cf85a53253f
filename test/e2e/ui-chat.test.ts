/** Chats with the checkpoints of a real run in a real browser. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveUi, type ServingUi } from "../../packages/hone/src/app/ui/serve-ui.ts";
import { expectAccessible, expectFits } from "../doubles/accessible.ts";
import { hasBrowser, openBrowser, openPage } from "../doubles/browser.ts";
import { commandLine } from "../doubles/command-line.ts";

const script = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>`;

/** A run that learns a little within seconds, with two checkpoints. */
const size = ["--layers", "1", "--width", "48"];
const small = [
  ...["--train-tasks", "40", "--test-tasks", "6"],
  ...["--sft-steps", "4", "--sft-batch-size", "8", "--checkpoint-every", "2"],
  ...["--grpo-steps", "1", "--groups-per-step", "2", "--max-actions", "4", "--threads", "1"],
];

describe.skipIf(!hasBrowser)("chats in the dashboard", () => {
  let folder = "";
  let browser: Browser;
  let ui: ServingUi;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-ui-chat-"));
    await made("run", "math", ...small, ...size, "--out", "runs/small");
    // Its replies may be so long that one does not end before it is stopped, however busy the machine is.
    const long = join(folder, "long-context");
    await made("model", "new", long, ...size, "--context", "16384");
    await made("run", "math", ...small, "--model", long, "--out", "runs/long");
    ui = await serveUi({ runs: join(folder, "runs"), port: 0, allowChat: true });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await ui?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a command that must not fail. */
  async function made(...words: readonly string[]): Promise<void> {
    const { code, stderr } = await commandLine(words, { folder });
    if (code !== 0) throw new Error(stderr);
  }

  const message = (page: Page) => page.getByRole("textbox", { name: /^Message/ });
  const replies = (page: Page) => page.getByRole("article", { name: "Model" });

  /** Says something, waits for the end of the reply, and gives its text. */
  async function said(page: Page, text: string): Promise<string> {
    const before = await replies(page).count();
    await message(page).fill(text);
    await message(page).press("Enter");
    const reply = replies(page).nth(before);
    await reply.getByText(/tokens, .* per second/).waitFor();
    return reply.locator(".said").innerText();
  }

  it("answers from the page of a run, by the settings of the address, and shows texts as they are", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/runs/small`);
    await page
      .getByRole("link", { name: /^Chat here with / })
      .first()
      .waitFor();
    await page.getByRole("link", { name: "chat with it" }).press("Enter");
    await page.getByText("Nothing is said yet.").waitFor();
    await expectAccessible(page);
    await page.getByLabel("Temperature").fill("0");
    await page.getByLabel("Longest reply").fill("6");
    await page.getByLabel("Longest reply").press("Tab");
    await page.waitForURL("**/runs/small/chat?temperature=0&maxTokens=6");
    const first = await said(page, "3x+7=16");
    await said(page, script);
    expect(await page.getByRole("article", { name: "You" }).nth(1).innerText()).toContain(script);
    await expectFits(page);
    // Another conversation, loaded by its address, begins as the first one did.
    await page.reload();
    expect(await said(page, "3x+7=16")).toBe(first);
    await page.getByRole("button", { name: "New conversation" }).press("Enter");
    await page.getByText("Nothing is said yet.").waitFor();
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("chats with a checkpoint that is chosen, and is told of a prompt that is too long", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${ui.url}/runs/small`);
    const link = page.getByRole("link", { name: /^Chat here with / }).last();
    const name = (await link.getAttribute("aria-label"))!.replace("Chat here with ", "");
    await link.press("Enter");
    await page.getByRole("button", { name: `${name} Weights` }).waitFor();
    await page.getByLabel("Longest reply").fill("4");
    await page.getByLabel("Longest reply").press("Tab");
    await said(page, "3x+7=16");
    await page.getByRole("button", { name: `${name} Weights` }).press("Enter");
    await page.getByRole("option", { name: "as the run ended" }).press("Enter");
    await expect.poll(() => page.url()).not.toContain("checkpoint");
    await said(page, "3x+7=16");
    await message(page).fill("x ".repeat(5000));
    await message(page).press("Enter");
    await page.getByRole("alert").getByText("PROMPT_TOO_LONG").waitFor();
    // It can be made shorter and sent again.
    expect(await message(page).inputValue()).toHaveLength(10_000);
    await message(page).fill("3x+7=16");
    await message(page).press("Enter");
    await expect.poll(() => replies(page).last().innerText()).toMatch(/per second/);
    expect(await page.getByRole("article", { name: "You" }).count()).toBe(3);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("stops a reply and keeps what had come; somebody else is answered then", async () => {
    const [one, other] = [await openPage(browser), await openPage(browser)];
    // All tokens are nearly as likely: the reply goes on to its limit, or to a rare end.
    await one.page.goto(`${ui.url}/runs/long/chat?temperature=10&maxTokens=100000`);
    const isCut = async (): Promise<boolean> => {
      const before = await replies(one.page).count();
      await message(one.page).fill("3x+7=16");
      await message(one.page).press("Enter");
      const reply = replies(one.page).nth(before);
      await reply.locator(".said").waitFor();
      await one.page.keyboard.press("Escape");
      await reply.getByText(/^stopped$|per second/).waitFor();
      return (await reply.getByText(/^stopped$/).count()) === 1;
    };
    await expect.poll(isCut).toBe(true);
    await one.page.getByRole("button", { name: "Send" }).waitFor();
    await other.page.goto(`${ui.url}/runs/small/chat?maxTokens=2`);
    await said(other.page, "3x+7=16");
    for (const { page, complaints } of [one, other]) {
      expect(complaints).toEqual([]);
      await page.close();
    }
  });

  it("says that its server is away, keeps what was asked, and goes on when it is back", async () => {
    const runs = join(folder, "runs");
    const first = await serveUi({ runs, port: 0, allowChat: true });
    const { page } = await openPage(browser);
    await page.goto(`${first.url}/runs/small/chat?maxTokens=4`);
    await said(page, "3x+7=16");
    await first.close();
    await message(page).fill("2x=4");
    await message(page).press("Enter");
    await page.getByRole("alert").getByText("The server does not answer.").waitFor();
    expect(await message(page).inputValue()).toBe("2x=4");
    const port = Number(new URL(first.url).port);
    const second = await serveUi({ runs, port, allowChat: true });
    await message(page).press("Enter");
    await expect.poll(() => replies(page).count()).toBe(2);
    await replies(page)
      .nth(1)
      .getByText(/per second/)
      .waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    await page.close();
    await second.close();
  });

  it("says how it is allowed where the server was started without, and is refused there", async () => {
    const without = await serveUi({ runs: join(folder, "runs"), port: 0 });
    const { page } = await openPage(browser);
    await page.goto(`${without.url}/runs/small/chat`);
    await page.getByText("npx hone ui --allow-chat").waitFor();
    await expectAccessible(page);
    await page.goto(`${without.url}/runs/small`);
    await page.getByText("npx hone chat").first().waitFor();
    expect(await page.getByRole("link", { name: /^Chat here with / }).count()).toBe(0);
    const { token } = (await (await fetch(`${without.url}/api/session`)).json()) as {
      token: string;
    };
    const body = {
      ...{ run: "small", conversation: "c", messages: [{ role: "user", content: "hi" }] },
      ...{ maxTokens: 4, temperature: 0, seed: 0 },
    };
    const ask = (at: string, headers: Record<string, string>) =>
      fetch(`${at}/api/chat`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
    const refused = await ask(without.url, { "x-hone-token": token });
    expect([refused.status, await refused.text()]).toEqual([
      403,
      expect.stringContaining("UI_CHAT_OFF"),
    ]);
    // Where it is allowed, only a page of the server may ask.
    const foreign = await ask(ui.url, { "x-hone-token": token });
    expect([foreign.status, await foreign.text()]).toEqual([
      403,
      expect.stringContaining("UI_WRITE_REFUSED"),
    ]);
    await page.close();
    await without.close();
  });
});
